#include "gateway/cli/function_options.h"

#include "gateway/cli/option_kinds.h"
#include "protocol/module_spec.h"

#include <string>
#include <string_view>

namespace sfg::cli {

namespace {

constexpr std::string_view kGroup = "Functions";

Option concurrency() {
    const std::string help =
        "Calls to one endpoint at a time, where its spec.gateway in module.yaml does not say it: " +
        concurrency_accepted();
    Option option = row({"concurrency", "Functions", help}, "COUNT|adaptive", "adaptive");
    option.set = [](Config& config, std::string_view text) -> Parsed<void> {
        auto parsed = parse_concurrency(text);
        if (!parsed) {
            return BadValue{"is not " + concurrency_accepted()};
        }
        config.concurrency = *parsed;
        return {};
    };
    return option;
}

}  // namespace

void add_functions(std::vector<Option>& all) {
    using C = Config;
    all.push_back(concurrency());
    all.push_back(count<std::uint32_t>(
        {"attempts",
         kGroup,
         "Calls that a function may refuse before the message that it can't process is searched "
         "for"},
        &C::attempts,
        {1, FailurePolicy::kAttemptsMax}
    ));
    all.push_back(duration(
        {"backoffInitial", kGroup, "The pause after a first failed call; it doubles with each"},
        &C::backoff_initial,
        {Milliseconds(1), FailurePolicy::kBackoffMax}
    ));
    all.push_back(duration(
        {"backoffMax", kGroup, "The longest pause after a failed call"},
        &C::backoff_max,
        {Milliseconds(1), FailurePolicy::kBackoffMax}
    ));
    all.push_back(choice<OnPoison>(
        {"onPoison", kGroup, "What becomes of a message that its function can't process"},
        &C::on_poison,
        {{"park", OnPoison::park}, {"deadLetter", OnPoison::dead_letter}}
    ));
    all.push_back(choice<Dispatch>(
        {"dispatch", kGroup, "Whether a call may go out before what it rests on is on disk"},
        &C::dispatch,
        {{"at-once", Dispatch::at_once}, {"after-commit", Dispatch::after_commit}}
    ));
}

}  // namespace sfg::cli
