#include "storage/leveldb_check.h"

#include "storage/leveldb_log.h"
#include "storage/leveldb_manifest.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

namespace sfg::storage {

namespace {

// The head of a batch in a log: sequence number of its first operation (8 bytes, little-endian),
// number of operations (4).
constexpr std::size_t kBatchHeadBytes = 12;
// An operation takes at least type, key length and one byte more.
constexpr std::uint64_t kOperationBytesMin = 2;
// No bound on what a MANIFEST says in one record but its own: one row per table.
constexpr std::size_t kManifestRecordBytesMax = 64 << 20;
constexpr std::size_t kCurrentBytesMax = 4096;

StoreError damaged(const std::string& path, const std::string& what) {
    return {
        StoreErrc::corrupt,
        path + " " + what + "; nothing was changed: restore the directory from a backup"
    };
}

std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
    }
    return value;
}

// The number in "000123.log"; nothing if the name is not of that kind.
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view suffix) {
    if (!name.ends_with(suffix)) {
        return std::nullopt;
    }
    name.remove_suffix(suffix.size());
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (name.empty() || error != std::errc() || end != name.data() + name.size()) {
        return std::nullopt;
    }
    return number;
}

std::string file_name(std::uint64_t number, std::string_view suffix) {
    std::string digits = std::to_string(number);
    return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits +
           std::string(suffix);
}

class Check {
public:
    Check(FileSystem& files, std::string directory)
        : files_(files),
          directory_(std::move(directory)) {}

    StoreResult<std::vector<TornFile>> run() {
        if (auto read = read_manifest(); !read) {
            return read.error();
        }
        if (auto found = find_tables(); !found) {
            return found.error();
        }
        if (auto read = read_logs(); !read) {
            return read.error();
        }
        return std::move(torn_);
    }

private:
    [[nodiscard]] std::string path(std::string_view name) const {
        return directory_ + "/" + std::string(name);
    }

    StoreResult<std::string> manifest_name() {
        std::string current = path("CURRENT");
        auto text = read_file(files_, current, kCurrentBytesMax);
        if (!text) {
            if (text.error().value() == ENOENT) {
                return damaged(current, "is missing, without it the data can't be found");
            }
            return explain(files_, "read", current, text.error());
        }
        bool named = text->starts_with("MANIFEST-") && text->ends_with('\n') &&
                     text->find('/') == std::string::npos;
        if (!named) {
            return damaged(current, "does not name a MANIFEST");
        }
        text->pop_back();
        return *text;
    }

    StoreResult<void> read_manifest() {
        auto name = manifest_name();
        if (!name) {
            return name.error();
        }
        std::string manifest = path(*name);
        std::optional<std::uint64_t> malformed;
        LogVisitor visitor;
        visitor.head_bytes = kManifestRecordBytesMax;
        visitor.record = [&](std::uint64_t offset, std::string_view record, std::uint64_t) {
            if (!malformed && !manifest_.apply(record)) {
                malformed = offset;
            }
        };
        visitor.may_begin = [](std::string_view, std::uint64_t) {
            return true;
        };
        auto end = read_log(files_, manifest, visitor);
        if (!end) {
            if (end.error().value() == ENOENT) {
                return damaged(manifest, "is missing, but CURRENT names it");
            }
            return explain(files_, "read", manifest, end.error());
        }
        if (malformed) {
            return damaged(manifest, "is malformed at byte " + std::to_string(*malformed));
        }
        return judge(manifest, *end);
    }

    // Damage with a record behind it is refused; a torn end is noted.
    StoreResult<void> judge(const std::string& file, const LogEnd& end) {
        if (end.record_behind) {
            return damaged(
                file,
                "is damaged at byte " + std::to_string(end.whole_bytes) +
                    ", and a record begins behind it at byte " + std::to_string(*end.record_behind)
            );
        }
        if (end.is_torn()) {
            torn_.push_back({file, end.whole_bytes});
        }
        return {};
    }

    StoreResult<void> find_tables() {
        if (!manifest_.log_number()) {
            return damaged(path("CURRENT"), "leads to a MANIFEST that names no log");
        }
        std::uint64_t log = *manifest_.log_number();
        if (log != 0 && !files_.info(path(file_name(log, ".log")))) {
            return damaged(
                path(file_name(log, ".log")),
                "is missing or can't be read, but the MANIFEST names it"
            );
        }
        for (const auto& [number, bytes] : manifest_.tables()) {
            auto table = path(file_name(number, ".ldb"));
            auto found = files_.info(table);
            if (!found) {
                found = files_.info(path(file_name(number, ".sst")));
            }
            if (!found) {
                return damaged(table, "is missing or can't be read, but the MANIFEST names it");
            }
            if (found->bytes != bytes) {
                return damaged(
                    table,
                    "has " + std::to_string(found->bytes) + " bytes, but " + std::to_string(bytes) +
                        " were written"
                );
            }
        }
        return {};
    }

    StoreResult<void> read_logs() {
        auto names = files_.list(directory_);
        if (!names) {
            return explain(files_, "list", directory_, names.error());
        }
        std::vector<std::uint64_t> numbers;
        for (const std::string& name : *names) {
            auto number = number_of(name, ".log");
            if (number && *number >= *manifest_.log_number()) {
                numbers.push_back(*number);
            }
        }
        std::sort(numbers.begin(), numbers.end());
        std::string torn_log;
        for (std::uint64_t number : numbers) {
            std::string log = path(file_name(number, ".log"));
            auto end = read_batches(log);
            if (!end) {
                return end.error();
            }
            // A log is begun when all groups of the one before are synced.
            if (!torn_log.empty() && end->file_bytes > 0) {
                return damaged(
                    torn_log, "is damaged at its end, but " + log + " goes on behind it"
                );
            }
            if (end->is_torn()) {
                torn_log = log;
            }
        }
        return {};
    }

    StoreResult<LogEnd> read_batches(const std::string& log) {
        std::optional<StoreError> gap;
        LogVisitor visitor;
        visitor.head_bytes = kBatchHeadBytes;
        visitor.record = [&](std::uint64_t offset, std::string_view head, std::uint64_t) {
            if (gap) {
                return;
            }
            std::string at = " at byte " + std::to_string(offset);
            if (head.size() < kBatchHeadBytes) {
                gap = damaged(log, "holds a record that is too short" + at);
                return;
            }
            std::uint64_t sequence = little_endian(head.substr(0, 8));
            if (next_sequence_ && sequence != *next_sequence_) {
                gap = damaged(
                    log,
                    "goes on with operation " + std::to_string(sequence) + at + " where " +
                        std::to_string(*next_sequence_) + " was due"
                );
                return;
            }
            next_sequence_ = sequence + little_endian(head.substr(8, 4));
        };
        visitor.may_begin = [&](std::string_view head, std::uint64_t distance) {
            if (!next_sequence_ || head.size() < 8) {
                return true;
            }
            std::uint64_t sequence = little_endian(head.substr(0, 8));
            return sequence > *next_sequence_ &&
                   sequence - *next_sequence_ <= distance / kOperationBytesMin;
        };
        auto end = read_log(files_, log, visitor);
        if (!end) {
            return explain(files_, "read", log, end.error());
        }
        if (gap) {
            return *gap;
        }
        if (auto judged = judge(log, *end); !judged) {
            return judged.error();
        }
        return *end;
    }

    FileSystem& files_;
    const std::string directory_;
    LevelDbManifest manifest_;
    std::optional<std::uint64_t> next_sequence_;  // Of the next batch; from the first one on.
    std::vector<TornFile> torn_;
};

}  // namespace

StoreResult<std::vector<TornFile>> check_leveldb(FileSystem& files, const std::string& directory) {
    return Check(files, directory).run();
}

bool is_leveldb_name(std::string_view name) {
    bool numbered = number_of(name, ".log") || number_of(name, ".ldb") || number_of(name, ".sst") ||
                    number_of(name, ".dbtmp");
    return numbered || name.starts_with("MANIFEST-") || name == "CURRENT" || name == "LOCK" ||
           name == "LOG" || name == "LOG.old";
}

}  // namespace sfg::storage
