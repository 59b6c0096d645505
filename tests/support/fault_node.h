// FaultNode: a file or directory of FaultEnv, as a process sees it and as the disk holds it.
//
// Threads:  one at a time; FaultEnv sees to that.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sfg::test {

// What a power cut leaves of the bytes and names that were not synced.
enum class PowerCut : std::uint8_t {
    nothing,     // None of them.
    everything,  // All of them.
    prefix,      // Of a file a part from the front; of the names any.
    zeros,       // The same, but a file has its full length, with zeros in it.
    sectors,     // Any of a file's sectors of 512 bytes, zeros in place of the others.
};

struct FaultNode;
using FaultNodePtr = std::shared_ptr<FaultNode>;

struct FaultNode {
    bool is_directory = false;

    // A file: what a process sees, what the disk holds.
    std::string bytes;
    std::string safe_bytes;
    // After a failed sync the kernel takes the pages for clean: no later sync writes them, until
    // the file is written anew.
    bool syncs_in_vain = false;

    // A directory, the same way.
    std::map<std::string, FaultNodePtr> entries;
    std::map<std::string, FaultNodePtr> safe_entries;

    // Names that changed together: a rename is one change of two. No node: the name went away.
    using Change = std::vector<std::pair<std::string, FaultNodePtr>>;
    std::vector<Change> pending;  // Since the last sync, in order.

    void change(Change made);
    void sync();

    // It and all below it, as the disk may be found.
    [[nodiscard]] FaultNodePtr after_power_cut(PowerCut cut, std::mt19937_64& random) const;
};

}  // namespace sfg::test
