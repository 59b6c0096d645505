#include "gateway/cli/module_files.h"

#include "gateway/cli/files.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

namespace sfg::cli {

namespace {

namespace fs = std::filesystem;

bool is_module_name(const fs::path& path) {
    bool is_yaml = path.extension() == ".yaml" || path.extension() == ".yml";
    return is_yaml && !path.filename().string().starts_with(".");
}

class Collector {
public:
    void add(const std::string& path) {
        std::error_code error;
        if (fs::is_directory(path, error)) {
            add_directory(path);
        } else {
            add_file(path);
        }
    }

    ModuleFiles take() { return std::move(found_); }

private:
    void add_directory(const std::string& path) {
        std::error_code error;
        std::vector<std::string> names;
        for (fs::directory_iterator at(path, error), end; !error && at != end;
             at.increment(error)) {
            std::error_code ignored;
            if (is_module_name(at->path()) && at->is_regular_file(ignored)) {
                names.push_back(at->path().string());
            }
        }
        if (error) {
            found_.errors.push_back(path + ": cannot be listed: " + error.message());
            return;
        }
        if (names.empty()) {
            found_.errors.push_back(path + ": has no *.yaml or *.yml file");
        }
        std::ranges::sort(names);
        for (const std::string& name : names) {
            add_file(name);
        }
    }

    void add_file(const std::string& path) {
        std::error_code error;
        fs::path real = fs::weakly_canonical(path, error);
        if (!error && !seen_.insert(real.string()).second) {
            return;
        }
        if (found_.texts.size() == kModuleFilesMax) {
            found_.errors.push_back(
                path + ": is one too many; at most " + std::to_string(kModuleFilesMax)
            );
            return;
        }
        auto text = read_text_file(path, kModuleBytesMax);
        if (!text) {
            found_.errors.push_back(text.error().reason);
            return;
        }
        found_.texts.push_back({path, std::move(*text)});
    }

    ModuleFiles found_;
    std::set<std::string> seen_;
};

}  // namespace

ModuleFiles read_module_files(const std::vector<std::string>& paths) {
    Collector collector;
    for (const std::string& path : paths) {
        collector.add(path);
    }
    return collector.take();
}

bool is_readable_file(const std::string& path) {
    std::error_code error;
    return ::access(path.c_str(), R_OK) == 0 && !fs::is_directory(path, error);
}

}  // namespace sfg::cli
