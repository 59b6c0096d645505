#include "gateway/functions/tls_source.h"

#include "gateway/runtime/log.h"

#include <utility>

namespace sfg::functions {

TlsSource::Sight TlsSource::sight_of(const TlsFiles& files) {
    auto read = read_tls_files(files);
    return read.has_value() ? Sight{*std::move(read), {}} : Sight{{}, read.error()};
}

TlsSource::Context TlsSource::context_of(const TlsFiles& files, const Sight& sight) {
    if (!sight.texts) {
        return sight.problem;
    }
    return TlsContext::make(files, *sight.texts);
}

void TlsSource::Look::take() {
    sight = sight_of(files);
    if (sight == before && sight != tried) {
        context = context_of(files, sight);
    }
}

TlsSource::TlsSource(runtime::Loop& loop, runtime::Helpers& helpers, TlsFiles files)
    : helpers_(helpers),
      files_(std::move(files)),
      seen_(sight_of(files_)),
      tried_(seen_),
      context_(context_of(files_, tried_)),
      timer_(loop, [this] { look(); }) {
    if (context_.has_error()) {
        told_ = context_.error().reason;
        log::error("functions", "TLS can't be used until this is mended", {{"reason", told_}});
    }
}

void TlsSource::watch(std::chrono::milliseconds period) {
    if (names_files(files_)) {
        period_ = period;
        timer_.set(period_);
    }
}

void TlsSource::stop() {
    is_stopped_ = true;
    timer_.cancel();
}

void TlsSource::look() {
    auto next = std::make_shared<Look>(Look{files_, seen_, tried_, {}, {}});
    auto done = [self = shared_from_this(), next] {
        if (!self->is_stopped_) {
            self->looked(std::move(*next));
            self->timer_.set(self->period_);
        }
    };
    helpers_.run([next] { next->take(); }, std::move(done));
}

void TlsSource::looked(Look look) {
    seen_ = std::move(look.sight);
    if (!look.context) {
        return;
    }
    tried_ = seen_;
    if (look.context->has_value()) {
        context_ = *std::move(look.context);
        told_.clear();
        log::info("functions", "TLS files have changed; new connections use them");
        return;
    }
    const std::string& reason = look.context->error().reason;
    if (told_ != reason) {
        told_ = reason;
        log::warn(
            "functions",
            "changed TLS files can't be used; what was read before stays in use",
            {{"reason", reason}}
        );
    }
    if (context_.has_error()) {
        context_ = *std::move(look.context);
    }
}

}  // namespace sfg::functions
