#include "protocol/kafka_jaas.h"

#include <utility>

namespace sfg::kafka {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

char unescaped(char c) {
    switch (c) {
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case 'r':
            return '\r';
        default:
            return c;
    }
}

// Cuts words, quoted texts, '=' and ';' off the front.
class Tokens {
public:
    explicit Tokens(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() {
        skip_blanks();
        return text_.empty();
    }

    // Whether the next token is this one, which is taken then.
    bool take(char token) {
        skip_blanks();
        if (!text_.starts_with(token)) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }

    // A word or a quoted text; nothing at '=' and ';', at the end, and if a quote is not closed.
    std::optional<std::string> text() {
        skip_blanks();
        if (text_.starts_with('"') || text_.starts_with('\'')) {
            return quoted();
        }
        std::string word;
        while (!text_.empty() && !is_blank(text_.front()) && text_.front() != '=' &&
               text_.front() != ';') {
            word += text_.front();
            text_.remove_prefix(1);
        }
        return word.empty() ? std::nullopt : std::optional(std::move(word));
    }

private:
    void skip_blanks() {
        while (!text_.empty() && is_blank(text_.front())) {
            text_.remove_prefix(1);
        }
    }

    std::optional<std::string> quoted() {
        const char quote = text_.front();
        std::string out;
        for (std::size_t i = 1; i < text_.size(); ++i) {
            if (text_[i] == quote) {
                text_.remove_prefix(i + 1);
                return out;
            }
            const bool escape = text_[i] == '\\' && i + 1 < text_.size();
            i += escape ? 1 : 0;
            out += escape ? unescaped(text_[i]) : text_[i];
        }
        return std::nullopt;
    }

    std::string_view text_;
};

}  // namespace

std::optional<JaasLogin> parse_jaas(std::string_view text) {
    Tokens tokens(text);
    std::optional<std::string> module = tokens.text();
    const std::optional<std::string> flag = tokens.text();
    if (!module || !flag) {
        return std::nullopt;
    }
    JaasLogin login{std::move(*module), {}};
    while (!tokens.take(';')) {
        std::optional<std::string> key = tokens.text();
        if (!key || !tokens.take('=')) {
            return std::nullopt;
        }
        std::optional<std::string> value = tokens.text();
        if (!value) {
            return std::nullopt;
        }
        login.options.insert_or_assign(std::move(*key), std::move(*value));
    }
    return tokens.at_end() ? std::optional(std::move(login)) : std::nullopt;
}

}  // namespace sfg::kafka
