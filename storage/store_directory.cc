#include "storage/store_directory.h"

#include "storage/ballast.h"
#include "storage/crc32c.h"
#include "storage/leveldb_check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>

namespace sfg::storage {

namespace {

constexpr std::string_view kMagic = "StateFun Gateway store\n";

std::string hex(std::uint64_t value, int digits) {
    std::array<char, 17> text{};
    std::snprintf(
        text.data(), text.size(), "%0*llx", digits, static_cast<unsigned long long>(value)
    );
    return text.data();
}

// Takes "name: value\n" from the front of `rest`.
std::optional<std::uint64_t> take_line(std::string_view& rest, std::string_view name, int base) {
    if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with(": ")) {
        return std::nullopt;
    }
    std::string_view value = rest.substr(name.size() + 2);
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number, base);
    auto digits = static_cast<std::size_t>(end - value.data());
    if (error != std::errc() || digits == value.size() || value[digits] != '\n') {
        return std::nullopt;
    }
    rest = value.substr(digits + 1);
    return number;
}

// A fresh volume has the first; the second may be made before the store is.
bool is_no_content(const std::string& name) {
    return name == "lost+found" || name == kBallastFile;
}

bool is_of_creation(const std::string& name) {
    return name == kFormatCreatingFile || is_no_content(name) || is_leveldb_name(name);
}

StoreError not_ours(const std::string& directory, const std::vector<std::string>& names) {
    bool database = std::find(names.begin(), names.end(), "CURRENT") != names.end();
    auto stranger = std::find_if_not(names.begin(), names.end(), is_no_content);
    std::string what =
        database ? "holds a LevelDB database, but no FORMAT file of this gateway"
                 : "is neither empty nor a store of this gateway (it holds \"" + *stranger + "\")";
    return {
        StoreErrc::not_ours,
        directory + " " + what + "; name an empty or a new directory, or restore the missing file"
    };
}

}  // namespace

std::string format_text(const StoreIdentity& identity) {
    std::string text(kMagic);
    text += "format: " + std::to_string(kFormatVersion) + "\n";
    text += "partitions: " + std::to_string(identity.partitions) + "\n";
    text += "store: " + hex(static_cast<std::uint64_t>(identity.id), 16) + "\n";
    text += "check: " + hex(crc32c(text), 8) + "\n";
    return text;
}

StoreResult<StoreIdentity> parse_format(std::string_view text, const std::string& path) {
    if (!text.starts_with(kMagic)) {
        return StoreError{
            StoreErrc::not_ours,
            path + " does not begin with the line of this gateway's stores; name another directory"
        };
    }
    std::string_view rest = text.substr(kMagic.size());
    auto version = take_line(rest, "format", 10);
    if (version && *version != kFormatVersion) {
        std::string way_out = *version > kFormatVersion
                                  ? "start the version that wrote it, or a later one"
                                  : "start the version that wrote it, or name a new directory";
        return StoreError{
            StoreErrc::format,
            path + " says format " + std::to_string(*version) + ", this binary reads format " +
                std::to_string(kFormatVersion) + "; " + way_out
        };
    }
    auto partitions = take_line(rest, "partitions", 10);
    auto id = take_line(rest, "store", 16);
    std::uint32_t sum = crc32c(text.substr(0, text.size() - rest.size()));
    auto check = take_line(rest, "check", 16);
    bool whole = version == kFormatVersion && partitions && *partitions > 0 &&
                 *partitions <= std::numeric_limits<PartitionId>::max() && id && check == sum &&
                 rest.empty();
    if (!whole) {
        return StoreError{
            StoreErrc::corrupt, path + " is damaged; restore it from a backup of the directory"
        };
    }
    return StoreIdentity{StoreId{*id}, static_cast<PartitionId>(*partitions)};
}

StoreResult<DirectoryState> look_at(FileSystem& files, const std::string& directory) {
    auto found = files.info(directory);
    if (!found && found.error().value() == ENOENT) {
        return DirectoryState::absent;
    }
    if (!found) {
        return explain(files, "open", directory, found.error());
    }
    if (!found->is_directory) {
        return StoreError{
            StoreErrc::not_ours, directory + " is not a directory; name an empty or a new one"
        };
    }
    if (auto access = files.check_access(directory); !access) {
        return explain(files, "read and write", directory, access.error());
    }
    auto names = files.list(directory);
    if (!names) {
        return explain(files, "list", directory, names.error());
    }
    auto holds = [&](const char* name) {
        return std::find(names->begin(), names->end(), name) != names->end();
    };
    if (holds(kFormatFile)) {
        return DirectoryState::ours;
    }
    if (std::all_of(names->begin(), names->end(), is_no_content)) {
        return DirectoryState::empty;
    }
    bool began =
        holds(kFormatCreatingFile) && std::all_of(names->begin(), names->end(), is_of_creation);
    if (!began) {
        return not_ours(directory, *names);
    }
    return DirectoryState::creating;
}

}  // namespace sfg::storage
