// Longer than 300: one class that is LevelDB's whole Env, method by method.
#include "tests/support/fault_env.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace sfg::test {

using storage::FileInfo;
using storage::FileResult;

namespace {

boost::system::error_code error_of(int number) {
    return {number, boost::system::generic_category()};
}

std::string name_of(const std::string& path) {
    return path.substr(path.find_last_of('/') + 1);
}

}  // namespace

class FaultEnv::Input final : public storage::InputFile {
public:
    Input(FaultEnv& env, FaultNodePtr node) : env_(env), node_(std::move(node)) {}

    FileResult<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        std::lock_guard lock(env_.mutex_);
        const std::string& bytes = node_->bytes;
        if (offset >= bytes.size()) {
            return std::size_t{0};
        }
        std::size_t count = std::min(into.size(), bytes.size() - static_cast<std::size_t>(offset));
        std::memcpy(into.data(), bytes.data() + offset, count);
        return count;
    }

private:
    FaultEnv& env_;
    const FaultNodePtr node_;
};

class FaultEnv::Output final : public storage::OutputFile {
public:
    Output(FaultEnv& env, FaultNodePtr node) : env_(env), node_(std::move(node)) {}

    FileResult<void> append(std::string_view bytes) override {
        std::lock_guard lock(env_.mutex_);
        if (int error = env_.strike(DiskOperation::write)) {
            node_->bytes += bytes.substr(0, env_.random_() % (bytes.size() + 1));
            return error_of(error);
        }
        node_->bytes += bytes;
        return {};
    }

    FileResult<void> sync() override {
        std::lock_guard lock(env_.mutex_);
        if (int error = env_.strike(DiskOperation::sync)) {
            node_->syncs_in_vain = true;
            return error_of(error);
        }
        node_->sync();
        return {};
    }

    FileResult<void> close() override { return {}; }

private:
    FaultEnv& env_;
    const FaultNodePtr node_;
};

class FaultEnv::Lock final : public storage::FileLock {
public:
    Lock(FaultEnv& env, FaultNodePtr node) : env_(env), node_(std::move(node)) {}

    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    ~Lock() override {
        std::lock_guard lock(env_.mutex_);
        env_.locked_.erase(node_.get());
    }

private:
    FaultEnv& env_;
    const FaultNodePtr node_;
};

FaultEnv::FaultEnv(std::uint64_t seed) : root_(std::make_shared<FaultNode>()), random_(seed) {
    root_->is_directory = true;
}

FaultEnv::~FaultEnv() = default;

void FaultEnv::plan(FaultPlan plan) {
    std::lock_guard lock(mutex_);
    plan_ = plan;
    struck_ = DiskOperation::none;
}

void FaultEnv::heal() {
    std::lock_guard lock(mutex_);
    plan_.reset();
}

std::uint64_t FaultEnv::operations() const {
    std::lock_guard lock(mutex_);
    return operations_;
}

DiskOperation FaultEnv::struck() const {
    std::lock_guard lock(mutex_);
    return struck_;
}

int FaultEnv::strike(DiskOperation operation) {
    std::uint64_t number = operations_++;
    bool hit =
        plan_ && (plan_->kind == FaultPlan::Kind::once ? number == plan_->at : number >= plan_->at);
    if (!hit) {
        return 0;
    }
    if (struck_ == DiskOperation::none) {
        struck_ = operation;
    }
    return plan_->error;
}

FaultNodePtr FaultEnv::find(const std::string& path) const {
    FaultNodePtr node = root_;
    std::size_t at = 0;
    while (node != nullptr && at < path.size()) {
        std::size_t end = std::min(path.find('/', at + 1), path.size());
        std::string name = path.substr(at + 1, end - at - 1);
        if (!name.empty()) {
            auto entry = node->entries.find(name);
            node = entry == node->entries.end() ? nullptr : entry->second;
        }
        at = end;
    }
    return node;
}

void FaultEnv::set_entry(const std::string& path, FaultNodePtr node) {
    find(storage::folder_of(path))->change({{name_of(path), std::move(node)}});
}

FileResult<FileInfo> FaultEnv::info(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto node = find(path);
    if (node == nullptr) {
        return error_of(ENOENT);
    }
    return FileInfo{node->bytes.size(), node->is_directory, 0, 0, 0750};
}

FileResult<std::vector<std::string>> FaultEnv::list(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto node = find(path);
    if (node == nullptr) {
        return error_of(ENOENT);
    }
    std::vector<std::string> names;
    for (const auto& [name, entry] : node->entries) {
        names.push_back(name);
    }
    return names;
}

FileResult<void> FaultEnv::check_access(const std::string& path) {
    std::lock_guard lock(mutex_);
    return find(path) == nullptr ? FileResult<void>(error_of(ENOENT)) : FileResult<void>();
}

FileResult<std::unique_ptr<storage::InputFile>> FaultEnv::open(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto node = find(path);
    if (node == nullptr) {
        return error_of(ENOENT);
    }
    return std::make_unique<Input>(*this, node);
}

FileResult<std::unique_ptr<storage::OutputFile>> FaultEnv::create(const std::string& path) {
    std::lock_guard lock(mutex_);
    if (int error = strike(DiskOperation::create)) {
        return error_of(error);
    }
    auto node = find(path);
    if (node == nullptr) {
        node = std::make_shared<FaultNode>();
        set_entry(path, node);
    }
    node->bytes.clear();
    node->syncs_in_vain = false;
    return std::make_unique<Output>(*this, node);
}

FileResult<void> FaultEnv::cut(const std::string& path, std::uint64_t bytes) {
    std::lock_guard lock(mutex_);
    auto node = find(path);
    if (node == nullptr) {
        return error_of(ENOENT);
    }
    if (int error = strike(DiskOperation::cut)) {
        return error_of(error);
    }
    node->bytes.resize(static_cast<std::size_t>(bytes));
    node->sync();
    return {};
}

FileResult<void> FaultEnv::rename(const std::string& from, const std::string& to) {
    std::lock_guard lock(mutex_);
    auto node = find(from);
    if (node == nullptr) {
        return error_of(ENOENT);
    }
    if (int error = strike(DiskOperation::rename)) {
        return error_of(error);
    }
    find(storage::folder_of(to))->change({{name_of(from), nullptr}, {name_of(to), node}});
    return {};
}

FileResult<void> FaultEnv::remove(const std::string& path) {
    std::lock_guard lock(mutex_);
    if (find(path) == nullptr) {
        return error_of(ENOENT);
    }
    if (int error = strike(DiskOperation::remove)) {
        return error_of(error);
    }
    set_entry(path, nullptr);
    return {};
}

FileResult<void> FaultEnv::make_directory(const std::string& path) {
    std::lock_guard lock(mutex_);
    if (find(path) != nullptr) {
        return error_of(EEXIST);
    }
    if (find(storage::folder_of(path)) == nullptr) {
        return error_of(ENOENT);
    }
    if (int error = strike(DiskOperation::make_directory)) {
        return error_of(error);
    }
    auto node = std::make_shared<FaultNode>();
    node->is_directory = true;
    set_entry(path, node);
    return {};
}

FileResult<void> FaultEnv::sync_directory(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto node = find(path);
    if (node == nullptr) {
        return error_of(ENOENT);
    }
    if (int error = strike(DiskOperation::sync_directory)) {
        return error_of(error);
    }
    node->sync();
    return {};
}

FileResult<storage::Locking> FaultEnv::lock(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto node = find(path);
    if (node == nullptr) {
        if (int error = strike(DiskOperation::create)) {
            return error_of(error);
        }
        node = std::make_shared<FaultNode>();
        set_entry(path, node);
    }
    if (!locked_.insert(node.get()).second) {
        return storage::Locking{};
    }
    return storage::Locking{std::make_unique<Lock>(*this, node), 0};
}

std::unique_ptr<FaultEnv> FaultEnv::after_power_cut(PowerCut cut, std::uint64_t seed) const {
    std::lock_guard lock(mutex_);
    auto left = std::make_unique<FaultEnv>(seed);
    std::mt19937_64 random(seed);
    left->root_ = root_->after_power_cut(cut, random);
    return left;
}

std::string FaultEnv::content(const std::string& path) const {
    std::lock_guard lock(mutex_);
    auto node = find(path);
    return node == nullptr ? std::string() : node->bytes;
}

void FaultEnv::overwrite(const std::string& path, const std::string& content) {
    std::lock_guard lock(mutex_);
    auto node = find(path);
    if (node == nullptr) {
        node = std::make_shared<FaultNode>();
        set_entry(path, node);
    }
    node->bytes = content;
    node->safe_bytes = content;
}

void FaultEnv::collect(
    const FaultNode& node,
    const std::string& path,
    std::map<std::string, std::string>& into
) {
    for (const auto& [name, entry] : node.entries) {
        std::string below = path + "/" + name;
        into[below] = entry->is_directory ? "(directory)" : entry->bytes;
        collect(*entry, below, into);
    }
}

std::map<std::string, std::string> FaultEnv::everything() const {
    std::lock_guard lock(mutex_);
    std::map<std::string, std::string> all;
    collect(*root_, "", all);
    return all;
}

}  // namespace sfg::test
