#include "gateway/functions/tls_files.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace sfg::functions {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

TlsProblem problem(const char* key, const std::string& path, const std::string& what) {
    return {{key, path}, what};
}

std::string errno_text() {
    return std::generic_category().message(errno);
}

Result<std::string, TlsProblem> read_whole(const char* key, const std::string& path) {
    std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
    if (!file) {
        return problem(key, path, errno_text());
    }
    std::string text;
    constexpr std::size_t kPortion = 16 * kKiB;
    std::size_t got = 0;
    do {
        std::size_t at = text.size();
        text.resize(at + kPortion);
        got = std::fread(text.data() + at, 1, kPortion, file.get());
        text.resize(at + got);
    } while (got == kPortion && text.size() <= kTlsFileBytesMax);
    if (std::ferror(file.get()) != 0) {
        return problem(key, path, errno_text());
    }
    if (text.size() > kTlsFileBytesMax) {
        return problem(key, path, "is over 4 MiB long");
    }
    return text;
}

}  // namespace

Result<TlsTexts, TlsProblem> read_tls_files(const TlsFiles& files) {
    struct Part {
        const char* key;
        const std::optional<std::string>& path;
        std::optional<std::string>& text;
    };

    TlsTexts texts;
    for (const Part& part :
         {Part{"trust_cacerts", files.trust_cacerts, texts.trust_cacerts},
          Part{"client_cert", files.client_cert, texts.client_cert},
          Part{"client_key", files.client_key, texts.client_key},
          Part{"client_key_password", files.client_key_password, texts.client_key_password}}) {
        if (!part.path) {
            continue;
        }
        auto read = read_whole(part.key, *part.path);
        if (read.has_error()) {
            return read.error();
        }
        part.text = *std::move(read);
    }
    return texts;
}

}  // namespace sfg::functions
