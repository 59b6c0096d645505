// TypeDesk: an operator looks at a function type, and holds all of its entities or lets them go on.
//
// A type that is paused is called no more; calls in flight end as usual, and messages for it are
// accepted and kept, in their order. Its pause is a row of the registry, so it survives restarts.
// An entity's own pause (Inspection) is another one: it goes on when neither holds it.
//
// Threads:    the engine's.
// Invariants: every waiter is answered once, when what it is told is durable.
// Limits:     OpenQuestions::kMax questions and orders at a time. An order looks at every entity in
//             memory.
#pragma once

#include "gateway/engine/backlog.h"
#include "gateway/engine/core.h"
#include "gateway/engine/events.h"
#include "gateway/engine/open_questions.h"

namespace sfg::engine {

class TypeDesk {
public:
    TypeDesk(Core& core, Backlog& backlog) : core_(core), backlog_(backlog), open_(core) {}

    void on(const TypeAsked& event);
    void on(const TypeOrdered& event);

    // A new epoch, or the store is lost: what is open is in doubt.
    void clear() { open_.give_up(); }

    // Whom it owes an answer.
    [[nodiscard]] std::size_t open() const { return open_.count(); }

private:
    [[nodiscard]] bool admit(WaiterId waiter, const TypeName& name);
    void write(const FunctionType& type);
    void consider_all(const FunctionType& type);

    Core& core_;
    Backlog& backlog_;
    OpenQuestions open_;
};

}  // namespace sfg::engine
