#include "protocol/module_spec.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sfg {
namespace {

constexpr std::string_view kFunctionName = "{function.name}";

// Lower case, without `_` and `-`: how two spellings of one word look alike.
std::string folded(std::string_view word) {
    std::string out;
    for (char c : word) {
        if (c == '_' || c == '-') {
            continue;
        }
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

// Edit distance with neighbours swapped as one edit. Words here are short: three rows are enough.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before = std::exchange(last, std::exchange(row, std::move(before)));
    }
    return last[b.size()];
}

// How many edits still look like a slip: in a word of three letters two edits are another word.
std::size_t edits_allowed(std::size_t length) {
    if (length <= 2) {
        return 0;
    }
    return length <= 4 ? 1 : 2;
}

}  // namespace

std::string Diagnostic::text() const {
    std::string out = where.file;
    if (where.line > 0) {
        out += ":" + std::to_string(where.line);
    }
    if (where.line > 0 && where.column > 0) {
        out += ":" + std::to_string(where.column);
    }
    if (!out.empty()) {
        out += ": ";
    }
    out += severity == Severity::error ? "error: " : "warning: ";
    if (!key_path.empty()) {
        out += key_path;
    }
    if (where.document > 0) {
        out += key_path.empty() ? "document " : " (document ";
        out += std::to_string(where.document);
        out += key_path.empty() ? "" : ")";
    }
    if (!key_path.empty() || where.document > 0) {
        out += ": ";
    }
    out += message;
    if (!seen.empty()) {
        out += "; found " + seen;
    }
    if (!suggestion.empty()) {
        out += "; did you mean " + suggestion + "?";
    }
    return out;
}

std::optional<OnPoison> parse_on_poison(std::string_view text) {
    if (text == "park") {
        return OnPoison::park;
    }
    return text == "deadLetter" ? std::optional(OnPoison::dead_letter) : std::nullopt;
}

std::optional<Dispatch> parse_dispatch(std::string_view text) {
    if (text == "at-once") {
        return Dispatch::at_once;
    }
    return text == "after-commit" ? std::optional(Dispatch::after_commit) : std::nullopt;
}

FailurePolicy FailureSettings::over(const FailurePolicy& otherwise) const {
    FailurePolicy policy;
    policy.attempts = attempts.value_or(otherwise.attempts);
    policy.backoff_first = backoff_first.value_or(otherwise.backoff_first);
    policy.backoff_max =
        std::max(backoff_max.value_or(otherwise.backoff_max), policy.backoff_first);
    policy.on_poison = on_poison.value_or(otherwise.on_poison);
    policy.dispatch = dispatch.value_or(otherwise.dispatch);
    return policy;
}

std::optional<Concurrency> parse_concurrency(std::string_view text) {
    if (text == "adaptive") {
        return Concurrency{};
    }
    std::uint32_t fixed = 0;
    auto parsed = std::from_chars(text.data(), text.data() + text.size(), fixed);
    bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    if (!whole || fixed == 0 || fixed > kCallsPerEndpointMax) {
        return std::nullopt;
    }
    return Concurrency{fixed};
}

std::string concurrency_accepted() {
    return "adaptive, or 1 to " + std::to_string(kCallsPerEndpointMax);
}

std::string EndpointSpec::url_for(std::string_view function_name) const {
    std::string url;
    std::size_t from = 0;
    for (;;) {
        const std::size_t at = url_template.find(kFunctionName, from);
        if (at == std::string::npos) {
            break;
        }
        url.append(url_template, from, at - from);
        url += function_name;
        from = at + kFunctionName.size();
    }
    url.append(url_template, from);
    return url;
}

std::optional<std::size_t> ModuleSpec::endpoint_of(const TypeName& function) const {
    std::optional<std::size_t> of_namespace;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const FunctionPattern& pattern = endpoints[i].functions;
        if (pattern.ns != function.ns || !endpoints[i].is_bound) {
            continue;
        }
        if (pattern.name == function.name) {
            return i;
        }
        if (!pattern.name) {
            of_namespace = i;
        }
    }
    return of_namespace;
}

bool LoadedModules::ok() const {
    return std::none_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& each) {
        return each.severity == Severity::error;
    });
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
    // Past this length a word is no slip of a key, and the distance would cost its square.
    constexpr std::size_t kWordBytesMax = 128;
    if (word.size() > kWordBytesMax) {
        return {};
    }
    const std::string wanted = folded(word);
    std::string_view best;
    std::size_t best_distance = edits_allowed(wanted.size()) + 1;
    for (std::string_view each : known) {
        const std::size_t distance = edit_distance(wanted, folded(each));
        if (distance < best_distance) {
            best = each;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace sfg
