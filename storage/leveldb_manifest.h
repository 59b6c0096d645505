// LevelDbManifest: what the records of a MANIFEST add up to, as far as a check needs it.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace sfg::storage {

class LevelDbManifest {
public:
    // Applies one record; false if it is malformed.
    [[nodiscard]] bool apply(std::string_view record);

    // Logs from this number on hold what is not in tables. 0: the database was only just made.
    [[nodiscard]] std::optional<std::uint64_t> log_number() const { return log_number_; }

    // Live tables: number and size in bytes.
    [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& tables() const { return tables_; }

private:
    std::optional<std::uint64_t> log_number_;
    std::map<std::uint64_t, std::uint64_t> tables_;
};

}  // namespace sfg::storage
