#include "gateway/cli/config_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace sfg::cli {

namespace {

std::string place(std::string_view file, const YAML::Mark& mark) {
    if (mark.is_null()) {
        return std::string(file);
    }
    return std::string(file) + ":" + std::to_string(mark.line + 1) + ":" +
           std::to_string(mark.column + 1);
}

class Reader {
public:
    explicit Reader(std::string_view file) : file_(file) {}

    ConfigFile read(std::string_view text) {
        try {
            std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
            if (documents.size() > 1) {
                fail(documents[1], "a second document; gateway.yaml has one");
            }
            if (!documents.empty()) {
                read_map(documents.front());
            }
        } catch (const YAML::Exception& error) {
            found_.errors.push_back(place(file_, error.mark) + ": not valid YAML: " + error.msg);
        }
        return std::move(found_);
    }

private:
    void read_map(const YAML::Node& document) {
        if (document.IsNull()) {
            return;
        }
        if (!document.IsMap()) {
            fail(document, "not a map of option names to values");
            return;
        }
        for (const auto& entry : document) {
            read_entry(entry.first, entry.second);
        }
    }

    void read_entry(const YAML::Node& key, const YAML::Node& value) {
        if (!key.IsScalar()) {
            fail(key, "an option's name is plain text");
            return;
        }
        auto [first, is_new] = first_use_.emplace(key.Scalar(), place(file_, key.Mark()));
        if (!is_new) {
            fail(key, key.Scalar() + " stands here a second time; the first is " + first->second);
            return;
        }
        FileSetting setting;
        setting.key = key.Scalar();
        setting.key_where = first->second;
        setting.where = place(file_, value.Mark());
        setting.is_list = value.IsSequence();
        if (value.IsScalar()) {
            setting.values.push_back(value.Scalar());
        } else if (value.IsSequence()) {
            read_list(setting, value);
        } else if (value.IsNull()) {
            fail(key, key.Scalar() + " has no value; remove the line or give it one");
            return;
        } else {
            fail(value, key.Scalar() + " is a map; options are not nested");
            return;
        }
        found_.settings.push_back(std::move(setting));
    }

    void read_list(FileSetting& setting, const YAML::Node& list) {
        for (const YAML::Node& item : list) {
            if (item.IsScalar()) {
                setting.values.push_back(item.Scalar());
            } else {
                fail(item, setting.key + ": an entry of this list is not plain text");
            }
        }
    }

    void fail(const YAML::Node& at, const std::string& what) {
        found_.errors.push_back(place(file_, at.Mark()) + ": " + what);
    }

    std::string file_;
    ConfigFile found_;
    std::map<std::string, std::string> first_use_;
};

}  // namespace

ConfigFile parse_config_file(std::string_view file, std::string_view text) {
    return Reader(file).read(text);
}

}  // namespace sfg::cli
