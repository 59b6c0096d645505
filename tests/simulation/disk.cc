#include "tests/simulation/disk.h"

#include "storage/leveldb_store.h"
#include "storage/memory_store.h"
#include "storage/paged_store.h"
#include "tests/support/fault_env.h"

#include <cerrno>
#include <deque>
#include <functional>

namespace sfg::sim {

namespace {

using storage::StoreErrc;

class RowsInMemory final : public Disk {
public:
    RowsInMemory(storage::StoreIdentity identity, storage::PageLimits pages)
        : identity_(identity),
          pages_(pages) {}

    storage::StoreResult<std::unique_ptr<storage::Store>> open() override {
        auto store = std::make_unique<storage::MemoryStore>(identity_, disk_);
        opened_ = store.get();
        return storage::with_pages(std::move(store), pages_, "the disk");
    }

    void fail_next(Random& random) override {
        storage::MemoryStore::Failure failure;
        failure.code = random.one_in(2) ? StoreErrc::io : StoreErrc::no_space;
        failure.group_survives = random.one_in(2);
        opened_->fail(failure);
    }

    void heal() override {}

    void run_background() override {}

    void cut_power(Random&) override {}

private:
    const storage::StoreIdentity identity_;
    const storage::PageLimits pages_;
    const std::shared_ptr<storage::MemoryDisk> disk_ = std::make_shared<storage::MemoryDisk>();
    storage::MemoryStore* opened_ = nullptr;
};

class LevelDbDisk final : public Disk {
public:
    LevelDbDisk(storage::StoreIdentity identity, storage::PageLimits pages, std::uint64_t seed)
        : identity_(identity),
          pages_(pages),
          files_(std::make_unique<test::FaultEnv>(seed)) {
        bool made = files_->make_directory("/disk").has_value();
        SFG_ASSERT(made && files_->sync_directory("/").has_value());
    }

    storage::StoreResult<std::unique_ptr<storage::Store>> open() override {
        background_.clear();
        storage::LevelDbOptions options;
        options.directory = "/disk/store";
        options.partitions = identity_.partitions;
        options.new_id = identity_.id;
        options.files = files_.get();
        options.write_buffer_bytes = 64 << 10;
        options.background = [this](std::function<void()> work) {
            background_.push_back(std::move(work));
        };
        return storage::with_pages(storage::open_leveldb(options), pages_, "the disk");
    }

    void fail_next(Random& random) override {
        auto kind =
            random.one_in(2) ? test::FaultPlan::Kind::once : test::FaultPlan::Kind::from_then;
        files_->plan({files_->operations() + random.below(2), kind, random.one_in(2) ? EIO : ENOSPC}
        );
    }

    void heal() override { files_->heal(); }

    void run_background() override {
        while (!background_.empty()) {
            auto work = std::move(background_.front());
            background_.pop_front();
            work();
        }
    }

    void cut_power(Random& random) override {
        constexpr test::PowerCut kCuts[] = {
            test::PowerCut::nothing,
            test::PowerCut::everything,
            test::PowerCut::prefix,
            test::PowerCut::zeros,
            test::PowerCut::sectors
        };
        files_ = files_->after_power_cut(kCuts[random.below(std::size(kCuts))], random.next());
    }

private:
    const storage::StoreIdentity identity_;
    const storage::PageLimits pages_;
    std::unique_ptr<test::FaultEnv> files_;
    std::deque<std::function<void()>> background_;
};

}  // namespace

std::unique_ptr<Disk> make_memory_disk(storage::StoreIdentity identity, storage::PageLimits pages) {
    return std::make_unique<RowsInMemory>(identity, pages);
}

std::unique_ptr<Disk>
make_leveldb_disk(storage::StoreIdentity identity, storage::PageLimits pages, std::uint64_t seed) {
    return std::make_unique<LevelDbDisk>(identity, pages, seed);
}

}  // namespace sfg::sim
