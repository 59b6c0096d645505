// TempDirectory: an empty directory on the real disk, gone at the end of the test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sfg::test {

class TempDirectory {
public:
    TempDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "sfg-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }

    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;

    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace sfg::test
