// Inspection: an operator's questions and orders about one entity.
//
// A question is answered from the store as it is once everything that was committed before it is
// durable, so it costs memory nothing and works for entities that are not in memory; why it waits
// is told from memory. Where that has changed since, the store is asked again, so that both speak
// of one moment. An order brings the entity into memory first.
//
// Threads:    the engine's.
// Invariants: every waiter is answered once; nothing is answered before what it shows or changed is
//             durable. An order that names the head changes nothing once that message is gone.
// Limits:     OpenQuestions::kMax questions and orders at a time; a mailbox is counted up to
//             kCountedMax messages and kCountedBytesMax; the store is asked up to kLooksMax times,
//             so the page of an entity that changes all the time may mix two moments.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/entity_view.h"
#include "gateway/engine/events.h"
#include "gateway/engine/failures.h"
#include "gateway/engine/loads.h"
#include "gateway/engine/open_questions.h"
#include "gateway/engine/turns.h"

#include <cstddef>
#include <deque>
#include <list>
#include <memory>

namespace sfg::engine {

class Inspection {
public:
    static constexpr std::uint64_t kCountedMax = 200'000;
    static constexpr std::uint64_t kCountedBytesMax = 256 * kMiB;
    static constexpr int kLooksMax = 4;

    Inspection(Core& core, Loads& loads, Turns& turns, Failures& failures)
        : core_(core),
          loads_(loads),
          turns_(turns),
          failures_(failures),
          open_(core) {}

    void on(EntityAsked event);
    // Requires: it is no purge.
    void on(EntityOrdered event);

    // After each event: goes on with what has become durable, and with orders whose entity has been
    // loaded.
    void settle();

    // A new epoch, or the store is lost: what is open is in doubt.
    void clear();

    // Whom it owes an answer.
    [[nodiscard]] std::size_t open() const { return open_.count(); }

private:
    struct Question {
        EntityAsked asked;
        CommitNumber after{};
        int looks = 0;
        EntityRow row;
        MailboxCount mailbox;
    };

    void look(std::shared_ptr<Question> question);
    void read(std::shared_ptr<Question> question, const std::string& from);
    void take(std::shared_ptr<Question> question, ReadResult result);
    // True: it is done.
    bool carry_out(const EntityOrdered& order);
    void obey(const EntityOrdered& order, Entity& entity);
    void take_head(const EntityOrdered& order, Entity& entity);
    void set_paused(const EntityOrdered& order, Entity& entity, bool paused);

    Core& core_;
    Loads& loads_;
    Turns& turns_;
    Failures& failures_;
    OpenQuestions open_;
    std::deque<std::shared_ptr<Question>> waiting_;  // For their commits, in order.
    std::list<EntityOrdered> orders_;                // For their entity to be loaded.
};

}  // namespace sfg::engine
