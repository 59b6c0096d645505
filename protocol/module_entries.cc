#include "protocol/module_entries.h"

#include <utility>

namespace sfg::module_reader {
namespace {

class EntryReader {
public:
    EntryReader(Report& report, std::string_view accepted) : report_(report), accepted_(accepted) {}

    void list(const YamlNode& list, const Place& place) {
        for (std::size_t i = 0; i < list.values.size(); ++i) {
            const YamlNode& item = list.values[i];
            const Place at = place.item(i, item.mark);
            if (item.kind == YamlNode::Kind::map && !is_reported(item)) {
                map(item, at);
                if (item.keys.size() > 1) {
                    report_.warning(
                        at, "StateFun reads only the first of these; begin each with a -"
                    );
                }
            } else if (!is_reported(item)) {
                refuse(at, item);
            }
        }
    }

    void map(const YamlNode& map, const Place& place) {
        for (std::size_t i = 0; i < map.keys.size(); ++i) {
            const YamlNode& value = map.values[i];
            const bool stands = value.kind == YamlNode::Kind::scalar || value.flow;
            const Place at = place.key(map.keys[i].text, stands ? value.mark : map.keys[i].mark);
            if (is_reported(value) || map.keys[i].kind != YamlNode::Kind::scalar) {
                continue;
            }
            if (value.kind == YamlNode::Kind::null) {
                report_.error(at, "empty; accepted: " + accepted_ + "; write '' for an empty text");
            } else if (value.kind != YamlNode::Kind::scalar) {
                refuse(at, value);
            } else {
                entries_.push_back({map.keys[i].text, value.text, at});
            }
        }
    }

    std::vector<Entry> take() { return std::move(entries_); }

private:
    void refuse(const Place& at, const YamlNode& found) {
        report_.error(at, "accepted: " + accepted_, {seen_text(found), {}});
    }

    Report& report_;
    std::string accepted_;
    std::vector<Entry> entries_;
};

}  // namespace

std::vector<Entry> read_entries(Fields& fields, std::string_view key, std::string_view accepted) {
    EntryReader reader(fields.context().report, accepted);
    const YamlNode* value = fields.take(key);
    if (value != nullptr && value->kind == YamlNode::Kind::map && !is_reported(*value)) {
        fields.context().report.warning(
            fields.place_of(key),
            "a map, where StateFun takes only a list; write each line with a - in front"
        );
        reader.map(*value, fields.place_of(key));
    } else if (const YamlNode* list = fields.list(key)) {
        reader.list(*list, fields.place_of(key));
    }
    return reader.take();
}

}  // namespace sfg::module_reader
