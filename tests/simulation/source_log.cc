#include "tests/simulation/source_log.h"

namespace sfg::sim {

namespace {

constexpr std::size_t kPartsMost = 3;
// They wait for ever, and others must not wait for them.
constexpr std::size_t kUnservedMost = 4;

}  // namespace

const std::vector<TypeName>& SourceLog::names() {
    static const std::vector<TypeName> names = {{"k", "many"}, {"k", "one"}};
    return names;
}

LogRecord SourceLog::make() {
    LogRecord record;
    record.uid = "s" + std::to_string(++made_);
    std::size_t messages = random_.one_in(8) ? 0 : 1 + random_.below(2);
    for (std::size_t i = 0; i < messages; ++i) {
        LogMessage message;
        message.uid = record.uid + (i == 0 ? "" : "b");
        std::size_t padding = random_.one_in(4) ? random_.below(scenario_.padding_max) : 0;
        message.text = message.uid + "|0|" + std::string(padding, '.');
        bool is_unserved = unserved_ < kUnservedMost && random_.one_in(20);
        std::size_t served = Scenario::types().size() - 1;
        unserved_ += is_unserved ? 1 : 0;
        message.target.type = Scenario::types()[is_unserved ? served : random_.below(served)];
        message.target.id = std::to_string(random_.below(scenario_.ids));
        record.messages.push_back(std::move(message));
    }
    return record;
}

std::string SourceLog::grow() {
    const TypeName& source = names()[random_.below(names().size())];
    std::size_t part_at = source.name == "one" ? 0 : random_.below(kPartsMost);
    std::string name = "topic/" + std::to_string(part_at);
    LogPart& part = sources_[source][name];
    bool is_anew = !part.records.empty() && random_.one_in(25);
    if (is_anew) {
        part = {};
    }
    for (std::size_t left = 1 + random_.below(5); left > 0; --left) {
        part.records.push_back(make());
    }
    return name + " of " + source.text() + (is_anew ? " is made anew, and" : "") + " ends at " +
           std::to_string(part.end());
}

}  // namespace sfg::sim
