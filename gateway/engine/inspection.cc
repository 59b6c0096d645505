#include "gateway/engine/inspection.h"

#include "protocol/assert.h"

#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

constexpr std::size_t kPortionRows = 4'096;

std::string mailbox_prefix(const Core& core, const Address& entity) {
    return storage::entity_prefix(core.partitions.of(entity), Table::message, entity);
}

// Whether the order may take the message at the head away from the function.
bool is_held_up(const Core& core, const Entity& entity) {
    if (entity.failing || entity.is_paused || entity.type->is_paused || !entity.endpoint) {
        return true;
    }
    return entity.waits == WaitReason::type_down || core.dispatcher.is_down(*entity.endpoint);
}

}  // namespace

// ---- Questions.

void Inspection::on(EntityAsked event) {
    if (open_.admit(event.waiter, event.entity)) {
        auto question = std::make_shared<Question>();
        question->asked = std::move(event);
        look(std::move(question));
    }
}

// It is read when all that was committed until now is durable.
void Inspection::look(std::shared_ptr<Question> question) {
    ++question->looks;
    question->after = core_.ledger.last_number();
    question->row = {};
    question->mailbox = {};
    waiting_.push_back(std::move(question));
}

void Inspection::settle() {
    while (!waiting_.empty() && waiting_.front()->after <= core_.ledger.durable()) {
        std::shared_ptr<Question> question = std::move(waiting_.front());
        waiting_.pop_front();
        read(std::move(question), {});
    }
    std::erase_if(orders_, [this](const EntityOrdered& order) { return carry_out(order); });
}

void Inspection::read(std::shared_ptr<Question> question, const std::string& from) {
    const Address& entity = question->asked.entity;
    std::string prefix = mailbox_prefix(core_, entity);
    ReadRequest request;
    request.walks = true;
    request.gets.push_back(
        {storage::entity_prefix(core_.partitions.of(entity), Table::entity, entity)}
    );
    storage::Range range{
        from.empty() ? prefix : from, storage::prefix_end(prefix), kPortionRows, kMiB
    };
    // The first portion begins behind what is consumed.
    std::optional<std::size_t> resume;
    if (from.empty()) {
        resume = 0;
    }
    request.scans.push_back({std::move(range), resume, kConsumedAt});
    core_.reads.start(
        std::move(request),
        [this, question = std::move(question)](ReadResult result) {
            take(question, std::move(result));
        }
    );
}

void Inspection::take(std::shared_ptr<Question> question, ReadResult result) {
    MailboxCount& mailbox = question->mailbox;
    storage::ScanResult& rows = result.scans[0];
    if (!mailbox.head && !rows.rows.empty()) {
        std::size_t prefix = mailbox_prefix(core_, question->asked.entity).size();
        mailbox.head = storage::read_message_key(std::string_view(rows.rows[0].key).substr(prefix));
        mailbox.head_bytes = rows.rows[0].value;
    }
    for (const storage::Row& row : rows.rows) {
        ++mailbox.messages;
        mailbox.bytes += row.value.size();
    }
    if (rows.more && mailbox.messages < kCountedMax && mailbox.bytes < kCountedBytesMax) {
        std::string from = rows.rows.back().key + '\0';
        read(std::move(question), from);
        return;
    }
    mailbox.is_whole = !rows.more;
    const Entity* entity = core_.entities.find(question->asked.entity);
    if (entity != nullptr && entity->last_change > question->after && question->looks < kLooksMax) {
        look(std::move(question));
        return;
    }
    if (result.gets[0]) {
        question->row = decode_entity_row(result.gets[0]->view()).value_or(EntityRow{});
    }
    WaiterId waiter = question->asked.waiter;
    if (!open_.close(waiter)) {
        return;  // The store was lost meanwhile.
    }
    std::string json = show_entity(core_, question->asked.entity, question->row, mailbox);
    // What memory told may be newer than what the store did.
    core_.ledger.answer_when_durable(core_.ledger.last_number(), waiter, Told{std::move(json)});
}

// ---- Orders.

void Inspection::on(EntityOrdered event) {
    if (open_.admit_order(event.waiter, event.entity)) {
        orders_.push_back(std::move(event));
    }
}

bool Inspection::carry_out(const EntityOrdered& order) {
    if (!core_.partitions.owned(core_.partitions.of(order.entity))) {
        open_.refuse(order.waiter, Errc::starting, "the partition of this entity is not at hand");
        return true;
    }
    Entity& entity = core_.entities.obtain(order.entity);
    if (!entity.is_at_hand()) {
        loads_.bring(entity);
        return false;
    }
    obey(order, entity);
    return true;
}

void Inspection::obey(const EntityOrdered& order, Entity& entity) {
    switch (order.action) {
        case EntityAction::retry: {
            bool waits = !entity.turn && !entity.mailbox.empty() && entity.retry_at > core_.now;
            if (waits) {
                failures_.retry_now(entity);
            }
            open_.tell(
                order.waiter, waits, waits ? "it is called now" : "it does not wait for a retry"
            );
            return;
        }
        case EntityAction::skip:
        case EntityAction::dead_letter:
            take_head(order, entity);
            return;
        case EntityAction::pause:
            set_paused(order, entity, true);
            return;
        case EntityAction::resume:
            set_paused(order, entity, false);
            return;
        case EntityAction::purge:
        case EntityAction::purge_to_dead_letters:
            SFG_ASSERT(false, "the room of Purges");
    }
}

void Inspection::take_head(const EntityOrdered& order, Entity& entity) {
    auto named = parse_message_id(order.message_id);
    if (!named || named->store != core_.store) {
        open_.refuse(order.waiter, Errc::bad_parameter, "message names no message of this store");
        return;
    }
    if (entity.mailbox.empty() || entity.mailbox.at(0).key > named->key) {
        open_.tell(order.waiter, false, "the message is no longer in the mailbox");
        return;
    }
    if (entity.mailbox.at(0).key < named->key) {
        open_.refuse(
            order.waiter, Errc::conflict, "the message is not the first one of the mailbox"
        );
        return;
    }
    if (!is_held_up(core_, entity)) {
        open_.refuse(
            order.waiter, Errc::conflict, "the entity is not held up: it is called as usual"
        );
        return;
    }
    turns_.abandon(entity);
    if (order.action == EntityAction::skip) {
        failures_.skip(entity, 1);
        open_.tell(order.waiter, true, "the message is dropped");
        return;
    }
    failures_.set_aside(entity, 1);
    open_.tell(order.waiter, true, "the message is a dead letter");
}

void Inspection::set_paused(const EntityOrdered& order, Entity& entity, bool paused) {
    bool changes = entity.is_paused != paused;
    if (changes) {
        entity.is_paused = paused;
        Draft& draft = core_.ledger.open();
        core_.put_entity_row(draft, entity);
        entity.last_change = draft.number();
        core_.ledger.close(draft);
        core_.leave_lines(entity);
        core_.consider(entity);
    }
    open_.tell(order.waiter, changes, paused ? "the entity is paused" : "the entity is not paused");
}

void Inspection::clear() {
    waiting_.clear();
    orders_.clear();
    open_.give_up();
}

}  // namespace sfg::engine
