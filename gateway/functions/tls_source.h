// TlsSource: the TLS context of an endpoint, renewed when its files change.
//
// The files are read again every second, whole: that notices a rewritten file, a renamed one and a
// swapped symlink (as Kubernetes swaps secrets) alike, on any file system. A change counts once two
// looks in a row have seen the same, so that a file is not taken while it is being written. What
// can't be used, for example half of a new pair, is told once in the log, and the context before
// stays in use. New connections take the new context; those that are open live to their pool_ttl.
//
// Threads:  the loop's; the files are read and parsed on a helper, but for the first time, in the
//           constructor.
// Lifetime: shared with the handlers of its helper; stop() before it goes.
#pragma once

#include "gateway/functions/tls_context.h"
#include "gateway/functions/tls_files.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/loop.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sfg::functions {

class TlsSource : public std::enable_shared_from_this<TlsSource> {
public:
    using Context = Result<std::shared_ptr<const TlsContext>, TlsProblem>;

    // Blocking: meant for the time before the loop runs.
    TlsSource(runtime::Loop& loop, runtime::Helpers& helpers, TlsFiles files);
    TlsSource(const TlsSource&) = delete;
    TlsSource& operator=(const TlsSource&) = delete;
    ~TlsSource() = default;

    // Looks at the files every `period` from now on, if there are any.
    void watch(std::chrono::milliseconds period);
    void stop();

    // What new connections use; or why there is nothing yet.
    [[nodiscard]] const Context& context() const { return context_; }

private:
    // What a look at the files showed.
    struct Sight {
        std::optional<TlsTexts> texts;  // Absent: they can't be read.
        TlsProblem problem;

        friend bool operator==(const Sight&, const Sight&) = default;
    };

    // A look, made on a helper.
    struct Look {
        const TlsFiles files;
        const Sight before;
        const Sight tried;
        Sight sight;
        std::optional<Context> context;  // Absent: there is nothing to try.

        void take();
    };

    [[nodiscard]] static Sight sight_of(const TlsFiles& files);
    [[nodiscard]] static Context context_of(const TlsFiles& files, const Sight& sight);

    void look();
    void looked(Look look);

    runtime::Helpers& helpers_;
    const TlsFiles files_;
    Sight seen_;   // By the last look.
    Sight tried_;  // The last one that a context was made of.
    Context context_;
    std::string told_;  // The problem that the log knows.
    std::chrono::milliseconds period_{0};
    bool is_stopped_ = false;
    runtime::Loop::DeadlineTimer timer_;
};

}  // namespace sfg::functions
