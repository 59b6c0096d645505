#include "protocol/module_migrate.h"

#include "protocol/module_documents.h"
#include "protocol/yaml_hints.h"
#include "protocol/yaml_write.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sfg {
namespace {

using module_reader::Place;
using module_reader::Report;

constexpr std::string_view kEndpoint = "io.statefun.endpoints.v2/http";
constexpr std::string_view kKafkaIngress = "io.statefun.kafka.v1/ingress";
constexpr std::string_view kKinesisIngress = "io.statefun.kinesis.v1/ingress";
// What a typeUrl of the layouts 1.0 and 2.x began with.
constexpr std::string_view kTypeUrlHost = "com.googleapis/";

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOldTypes{{
    {"statefun.kafka.io/routable-protobuf-ingress", kKafkaIngress},
    {"statefun.kafka.io/protobuf-ingress", kKafkaIngress},
    {"statefun.kafka.io/generic-egress", "io.statefun.kafka.v1/egress"},
    {"statefun.kinesis.io/routable-protobuf-ingress", kKinesisIngress},
    {"statefun.kinesis.io/generic-egress", "io.statefun.kinesis.v1/egress"},
}};

std::string_view new_kind(std::string_view type) {
    const auto* found =
        std::ranges::find(kOldTypes, type, [](const auto& each) { return each.first; });
    return found == kOldTypes.end() ? module_reader::full_kind(type) : found->second;
}

// A placeholder without quotes is one that this gateway fills.
YamlNode kept(const YamlNode& node) {
    if (is_placeholder(node)) {
        std::string name = placeholder_text(node);
        std::erase_if(name, [](char c) { return c == '{' || c == '}'; });
        return make_scalar("${" + name + "}");
    }
    YamlNode copy = node;
    for (YamlNode& each : copy.values) {
        each = kept(each);
    }
    return copy;
}

struct Document {
    std::string kind;
    YamlNode spec = make_map();
    std::vector<std::string> comments;
};

class Migration {
public:
    Migration(Report& report, int document) : report_(report), document_(document) {}

    void run(const YamlNode& root) {
        const YamlNode* module = find_value(root, "module");
        const YamlNode* spec = module == nullptr ? nullptr : find_value(*module, "spec");
        if (spec == nullptr) {
            report_.error(
                {document_, root.mark, {}}, "has no module.spec, where the components would be"
            );
            return;
        }
        each(*spec, "functions", "function", [this](const YamlNode& item) { function(item); });
        each(*spec, "endpoints", "endpoint", [this](const YamlNode& item) {
            component(item, "kind");
        });
        each(*spec, "ingresses", "ingress", [this](const YamlNode& item) { ingress(item); });
        each(*spec, "egresses", "egress", [this](const YamlNode& item) {
            component(item, "type");
        });
        each(*spec, "routers", "router", [this](const YamlNode& item) { router(item); });
    }

    [[nodiscard]] std::string text() const {
        std::string out;
        for (const Document& each : documents_) {
            out += out.empty() ? "" : "---\n";
            for (const std::string& comment : each.comments) {
                out += "# " + comment + "\n";
            }
            YamlNode root = make_map();
            add_entry(root, "kind", make_scalar(each.kind));
            add_entry(root, "spec", each.spec);
            out += write_yaml(root);
        }
        return out;
    }

    [[nodiscard]] bool empty() const { return documents_.empty(); }

private:
    template <typename Visit>
    void each(const YamlNode& spec, std::string_view list, std::string_view item, Visit&& visit) {
        const YamlNode* items = find_value(spec, list);
        if (items == nullptr) {
            return;
        }
        for (const YamlNode& value : items->values) {
            const YamlNode* body = find_value(value, item);
            if (body == nullptr || find_value(*body, "meta") == nullptr ||
                find_value(*body, "spec") == nullptr) {
                error(value, "accepted: a map " + std::string(item) + " with meta and spec");
            } else {
                visit(*body);
            }
        }
    }

    // A component whose spec is what it was, with its id in front.
    Document& component(const YamlNode& body, std::string_view type_key) {
        const YamlNode& meta = *find_value(body, "meta");
        Document& document = documents_.emplace_back();
        document.kind = new_kind(text_of_entry(meta, type_key));
        if (document.kind.empty()) {
            error(meta, "the key " + std::string(type_key) + " is missing");
        } else if (!module_reader::Bindings::is_known_kind(document.kind)) {
            todo(document, meta, "the kind " + document.kind + " is none of StateFun's own");
        }
        if (const YamlNode* id = find_value(meta, "id")) {
            add_entry(document.spec, "id", kept(*id));
        }
        const YamlNode& spec = *find_value(body, "spec");
        for (std::size_t i = 0; i < spec.keys.size(); ++i) {
            if (find_value(document.spec, spec.keys[i].text) == nullptr) {
                add_entry(document.spec, spec.keys[i].text, kept(spec.values[i]));
            }
        }
        return document;
    }

    void function(const YamlNode& body) {
        const YamlNode& meta = *find_value(body, "meta");
        const YamlNode& spec = *find_value(body, "spec");
        if (text_of_entry(meta, "kind") != "http") {
            error(meta, "a function of this kind can't be called; accepted: kind: http");
            return;
        }
        Document& document = documents_.emplace_back();
        document.kind = kEndpoint;
        add_entry(document.spec, "functions", make_scalar(text_of_entry(meta, "type")));
        if (const YamlNode* url = find_value(spec, "endpoint")) {
            add_entry(document.spec, "urlPathTemplate", kept(*url));
        }
        if (const YamlNode* most = find_value(spec, "maxNumBatchRequests")) {
            add_entry(document.spec, "maxNumBatchRequests", kept(*most));
        }
        if (const YamlNode* timeout = find_value(spec, "timeout")) {
            YamlNode transport = make_map();
            add_entry(transport, "type", make_scalar("io.statefun.transports.v1/async"));
            add_entry(transport, "call", kept(*timeout));
            add_entry(document.spec, "transport", std::move(transport));
        }
        if (const YamlNode* states = find_value(spec, "states")) {
            todo(
                document,
                *states,
                "declared in the function's code from StateFun 3.0 on: " + states_text(*states)
            );
        }
    }

    // "seen, last (expireAfter 5min)".
    static std::string states_text(const YamlNode& states) {
        std::string text;
        for (const YamlNode& state : states.values) {
            const bool named = state.kind == YamlNode::Kind::map;
            const std::string expires = text_of_entry(state, "expireAfter");
            text += (text.empty() ? "" : ", ") +
                    (named ? text_of_entry(state, "name") : state.text) +
                    (expires.empty() ? "" : " (expireAfter " + expires + ")");
        }
        return "states " + text;
    }

    void ingress(const YamlNode& body) {
        Document& document = component(body, "type");
        for (std::string_view key : {"messageType", "descriptorSet"}) {
            remove_entry(document.spec, key);
        }
        const bool kafka = document.kind == kKafkaIngress;
        if (YamlNode* list = find_entry(document.spec, kafka ? "topics" : "streams")) {
            for (YamlNode& each : list->values) {
                take_type_url(each, kafka ? "topic" : "stream");
            }
        }
    }

    // An item of topics: a name alone (until 2.x, with a router), or a map with a typeUrl.
    static void take_type_url(YamlNode& item, std::string_view name) {
        if (item.kind == YamlNode::Kind::scalar) {
            YamlNode topic = make_map();
            add_entry(topic, std::string(name), std::move(item));
            item = std::move(topic);
        }
        for (YamlNode& key : item.keys) {
            key.text = key.text == "typeUrl" ? "valueType" : key.text;
        }
    }

    // A router names its ingress, the type of its messages, and an address with a template for id.
    void router(const YamlNode& body) {
        const YamlNode& spec = *find_value(body, "spec");
        const std::string id = text_of_entry(spec, "ingress");
        const std::string address = text_of_entry(spec, "target");
        const std::size_t slash = address.find('/', address.find('/') + 1);
        const auto document = std::ranges::find_if(documents_, [&](const Document& each) {
            return text_of_entry(each.spec, "id") == id;
        });
        if (document == documents_.end() || slash == std::string::npos) {
            error(spec, "names no ingress of this file, or no address ns/type/id as its target");
            return;
        }
        todo(
            *document,
            spec,
            "a router made the id from the message (" + address.substr(slash + 1) +
                "); now it is the record's key, so producers have to set it"
        );
        if (YamlNode* topics = find_entry(document->spec, "topics")) {
            for (YamlNode& each : topics->values) {
                add_target(each, address.substr(0, slash), text_of_entry(spec, "messageType"));
            }
        }
    }

    static void add_target(YamlNode& topic, const std::string& target, const std::string& type) {
        if (find_value(topic, "valueType") == nullptr) {
            add_entry(topic, "valueType", make_scalar(std::string(kTypeUrlHost) + type));
        }
        if (find_value(topic, "targets") == nullptr) {
            add_entry(topic, "targets", make_list());
        }
        find_entry(topic, "targets")->values.push_back(make_scalar(target));
    }

    void todo(Document& document, const YamlNode& at, std::string what) {
        document.comments.push_back(what);
        report_.warning({document_, at.mark, {}}, "to do: " + std::move(what));
    }

    void error(const YamlNode& at, std::string what) {
        report_.error({document_, at.mark, {}}, std::move(what));
    }

    Report& report_;
    const int document_;
    std::vector<Document> documents_;
};

// The document in an old layout, or nothing, which has been reported.
const YamlDocument* find_old(Report& report, const YamlFile& file) {
    const YamlDocument* old = nullptr;
    for (const YamlDocument& each : file.documents) {
        if (each.problem) {
            report.error({each.number, each.problem->mark, {}}, each.problem->message);
        } else if (each.root && find_value(*each.root, "module") != nullptr) {
            old = &each;
        }
    }
    if (file.problem) {
        report.error({0, file.problem->mark, {}}, file.problem->message);
    } else if (old == nullptr && !report.has_errors()) {
        report.error(
            {0, {}, {}},
            "nothing to migrate: no document with version and module, the layouts 1.0 to 3.0"
        );
    }
    return report.has_errors() ? nullptr : old;
}

}  // namespace

Migrated migrate_module(const ModuleText& module) {
    Report report;
    report.begin_file(module.file);
    const YamlFile file = read_yaml(module.text);
    Migrated migrated;
    if (const YamlDocument* old = find_old(report, file)) {
        Migration migration(report, old->number);
        migration.run(*old->root);
        if (migration.empty() && !report.has_errors()) {
            report.error({old->number, old->root->mark, {}}, "declares no component");
        }
        migrated.text = report.has_errors() ? std::string{} : migration.text();
    }
    migrated.diagnostics = report.finish();
    return migrated;
}

}  // namespace sfg
