// SourceLog: what ingresses are read from, as Kafka keeps it: sources with parts, each a row of
// records that only grows at its end, whatever becomes of the gateway. Now and then a part is made
// anew: what was in it is gone, and it begins at its start again.
//
// Threads: one.
#pragma once

#include "tests/simulation/random.h"
#include "tests/simulation/scenario.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sfg::sim {

struct LogMessage {
    Address target;
    std::string uid;
    std::string text;
};

// Without messages it can't be one: it is set aside.
struct LogRecord {
    std::string uid;
    std::vector<LogMessage> messages;
};

struct LogPart {
    std::uint64_t first = 0;  // Position of the first record that is kept.
    std::vector<LogRecord> records;

    [[nodiscard]] std::uint64_t end() const { return first + records.size(); }
};

class SourceLog {
public:
    using Parts = std::map<std::string, LogPart>;

    SourceLog(const Scenario& scenario, Random& random) : scenario_(scenario), random_(random) {}

    // Some records more, or a part that is made anew; what happened, in words.
    std::string grow();

    [[nodiscard]] const Parts& parts(const TypeName& source) { return sources_[source]; }

    [[nodiscard]] static const std::vector<TypeName>& names();

private:
    [[nodiscard]] LogRecord make();

    const Scenario& scenario_;
    Random& random_;
    std::map<TypeName, Parts> sources_;
    std::uint64_t made_ = 0;
    std::size_t unserved_ = 0;  // Messages to a function that nobody serves.
};

}  // namespace sfg::sim
