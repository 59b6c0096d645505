#include "gateway/engine/open_questions.h"

#include "gateway/engine/failure_note.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace sfg::engine {

bool OpenQuestions::admit(WaiterId waiter) {
    if (open_.size() >= kMax) {
        refuse(waiter, Errc::overloaded, std::to_string(kMax) + " questions are open");
        return false;
    }
    open_.insert(static_cast<std::uint64_t>(waiter));
    return true;
}

bool OpenQuestions::admit(WaiterId waiter, const Address& entity) {
    if (core_.store_lost || !core_.partitions.owned(core_.partitions.of(entity))) {
        refuse(waiter, Errc::starting, "the partition of this entity is not at hand");
        return false;
    }
    return admit(waiter);
}

bool OpenQuestions::admit_order(WaiterId waiter, const Address& entity) {
    if (!core_.registry.has_room_for(entity.type)) {
        refuse(waiter, Errc::unknown_function, entity.type.text());
        return false;
    }
    return admit(waiter, entity);
}

bool OpenQuestions::close(WaiterId waiter) {
    return open_.erase(static_cast<std::uint64_t>(waiter)) > 0;
}

void OpenQuestions::refuse(WaiterId waiter, Errc code, std::string detail) {
    bool later = code == Errc::starting || code == Errc::overloaded || code == Errc::in_doubt;
    open_.erase(static_cast<std::uint64_t>(waiter));
    core_.actions.answer(
        waiter, Refused{{code, std::move(detail)}, std::chrono::seconds(later ? 1 : 0), {}}
    );
}

void OpenQuestions::tell(WaiterId waiter, bool changed, std::string_view detail) {
    if (!close(waiter)) {
        return;
    }
    nlohmann::ordered_json json = {{"changed", changed}, {"detail", detail}};
    core_.ledger.answer_when_durable(core_.ledger.last_number(), waiter, Told{dump(json) + "\n"});
}

void OpenQuestions::give_up() {
    for (std::uint64_t waiter : std::exchange(open_, {})) {
        refuse(WaiterId{waiter}, Errc::in_doubt, "the store was opened anew meanwhile; ask again");
    }
}

}  // namespace sfg::engine
