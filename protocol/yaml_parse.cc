#include "protocol/yaml_hints.h"
#include "protocol/yaml_node.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <sstream>
#include <utility>

namespace sfg {
namespace {

constexpr std::string_view kYamlTags = "tag:yaml.org,2002:";

// Builds the tree from yaml-cpp's events. Past a limit it only remembers the problem, so that the
// rest of the document costs no memory.
class TreeBuilder final : public YAML::EventHandler {
public:
    // `text` is what the parser reads; it outlives the builder.
    TreeBuilder(int first_line, std::string_view text) : first_line_(first_line), text_(text) {}

    void OnDocumentStart(const YAML::Mark&) override {}

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        YamlNode node = make(YamlNode::Kind::null, mark);
        node.bare = is_bare(mark);
        attach(std::move(node));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        attach(make(YamlNode::Kind::alias, mark));
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t,
        const std::string& value
    ) override {
        YamlNode node = make(YamlNode::Kind::scalar, mark);
        const bool quoted = tag == "!" || tag == std::string(kYamlTags) + "str";
        node.plain = !quoted;
        node.text = value;
        node.tag = own_tag(tag);
        attach(std::move(node));
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t,
        YAML::EmitterStyle::value style
    ) override {
        open(YamlNode::Kind::sequence, mark, tag, style);
    }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t,
        YAML::EmitterStyle::value style
    ) override {
        open(YamlNode::Kind::map, mark, tag, style);
    }

    void OnSequenceEnd() override { close(); }

    void OnMapEnd() override { close(); }

    [[nodiscard]] const std::optional<YamlProblem>& problem() const { return problem_; }

    // Where the innermost collection that is still open began.
    [[nodiscard]] YamlMark open_mark() const {
        return open_.empty() ? YamlMark{first_line_, 1} : open_.back().mark;
    }

    std::optional<YamlNode> take_root() { return std::exchange(root_, std::nullopt); }

private:
    [[nodiscard]] YamlMark place(const YAML::Mark& mark) const {
        return {mark.line + first_line_, mark.column + 1};
    }

    static std::string own_tag(const std::string& tag) {
        const bool standard = tag.empty() || tag == "?" || tag == "!" || tag.starts_with(kYamlTags);
        return standard ? std::string{} : tag;
    }

    [[nodiscard]] YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) const {
        YamlNode node;
        node.kind = kind;
        node.mark = place(mark);
        return node;
    }

    // An absent value is placed at what follows it: is there a colon before that?
    [[nodiscard]] bool is_bare(const YAML::Mark& mark) const {
        if (mark.pos < 0 || static_cast<std::size_t>(mark.pos) > text_.size()) {
            return false;
        }
        const std::string_view before = text_.substr(0, static_cast<std::size_t>(mark.pos));
        const std::size_t last = before.find_last_not_of(" \n");
        return last != std::string_view::npos && before[last] != ':';
    }

    void open(
        YamlNode::Kind kind,
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::EmitterStyle::value style
    ) {
        if (problem_) {
            return;
        }
        if (open_.size() >= kYamlDepthMax) {
            problem_ = YamlProblem{
                place(mark),
                "nested more than " + std::to_string(kYamlDepthMax) + " deep; no module is"
            };
            return;
        }
        YamlNode node = make(kind, mark);
        node.tag = own_tag(tag);
        node.flow = style == YAML::EmitterStyle::Flow;
        open_.push_back(std::move(node));
    }

    void close() {
        if (problem_) {
            return;
        }
        YamlNode node = std::move(open_.back());
        open_.pop_back();
        attach(std::move(node));
    }

    void attach(YamlNode node) {
        if (problem_) {
            return;
        }
        if (++nodes_ > kYamlNodesMax) {
            problem_ = YamlProblem{
                node.mark, "more than " + std::to_string(kYamlNodesMax) + " values in one document"
            };
            return;
        }
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        YamlNode& parent = open_.back();
        const bool key =
            parent.kind == YamlNode::Kind::map && parent.keys.size() == parent.values.size();
        (key ? parent.keys : parent.values).push_back(std::move(node));
    }

    const int first_line_;
    const std::string_view text_;
    std::size_t nodes_ = 0;
    std::vector<YamlNode> open_;
    std::optional<YamlNode> root_;
    std::optional<YamlProblem> problem_;
};

YamlProblem syntax_problem(
    const YAML::Exception& exception,
    const YamlChunk& chunk,
    const TreeBuilder& builder
) {
    const YAML::Mark& at = exception.mark;
    // At the end of the input yaml-cpp knows no place; what is still open tells more.
    const bool never_closed = exception.msg.ends_with("flow not found");
    const bool unknown =
        never_closed || at.is_null() || (at.line == 0 && at.column == 0 && at.pos == 0);
    YamlMark mark = builder.open_mark();
    if (!unknown) {
        mark = {at.line + chunk.first_line, at.column + 1};
    }
    const YamlMark within{mark.line - chunk.first_line + 1, mark.column};
    return {mark, syntax_message(exception.msg, chunk.text, within)};
}

}  // namespace

YamlDocument parse_yaml(const YamlChunk& chunk) {
    YamlDocument document;
    document.mark = {chunk.first_line, 1};
    // yaml-cpp does not miss the end of a quote if a line break comes last.
    const std::string text = chunk.text.substr(0, chunk.text.find_last_not_of(" \n") + 1);
    TreeBuilder builder(chunk.first_line, text);
    try {
        std::istringstream input(text);
        YAML::Parser parser(input);
        parser.HandleNextDocument(builder);
        document.root = builder.take_root();
        TreeBuilder rest(chunk.first_line, text);
        if (!builder.problem() && parser.HandleNextDocument(rest)) {
            const std::optional<YamlNode> more = rest.take_root();
            document.problem = YamlProblem{
                more ? more->mark : document.mark,
                "not YAML: this belongs to nothing above it; indent it like its neighbours, or "
                "begin a new document with ---"
            };
        }
    } catch (const YAML::Exception& exception) {
        document.problem = syntax_problem(exception, chunk, builder);
    } catch (const std::exception& exception) {
        document.problem = YamlProblem{document.mark, std::string("not YAML: ") + exception.what()};
    }
    if (builder.problem()) {
        document.problem = builder.problem();
    }
    if (document.problem || (document.root && document.root->kind == YamlNode::Kind::null)) {
        document.root.reset();
    }
    return document;
}

}  // namespace sfg
