// The part of LetterDesk that carries out orders.
#include "gateway/engine/dead_letters.h"
#include "gateway/engine/letter_desk.h"
#include "protocol/egress_lane.h"

#include <utility>

namespace sfg::engine {

namespace {

constexpr CommitNumber kNotYet{~std::uint64_t{0}};

}  // namespace

void LetterDesk::on(DeadLetterOrdered event) {
    PartitionId home = core_.partitions.of(event.entity);
    if (!admit(event.waiter) || refuses_other(event.waiter, home)) {
        return;
    }
    auto named = parse_message_id(event.message_id);
    if (!named || named->store != core_.store) {
        open_.refuse(event.waiter, Errc::bad_parameter, "message names no message of this store");
        return;
    }
    std::string key = storage::entity_prefix(home, storage::Table::dead_letter, event.entity);
    storage::append_message_key(key, named->key);
    if (!busy_.emplace(key, kNotYet).second) {
        open_.tell(event.waiter, false, "another order for this dead letter is being carried out");
        return;
    }
    ReadRequest request;
    request.gets.push_back({key});
    auto then = [this, home, order = std::move(event), key](ReadResult result) {
        if (core_.store_lost) {
            return;  // It has been told that.
        }
        if (refuses_other(order.waiter, home)) {
            busy_.erase(key);
        } else if (!result.gets[0]) {
            busy_.erase(key);
            open_.tell(order.waiter, false, "there is no such dead letter, or no longer");
        } else {
            carry_out(order, key, result.gets[0]->view());
        }
    };
    core_.reads.start(std::move(request), std::move(then));
}

void LetterDesk::carry_out(
    const DeadLetterOrdered& order,
    const std::string& key,
    std::string_view row
) {
    auto decoded = decode_dead_letter(row);
    bool replays = order.action == DeadLetterAction::replay;
    std::variant<Way, std::string> way;
    if (!decoded) {
        way = "the dead letter can't be understood";
    } else if (replays && !decoded->letter.is_message) {
        way = way_of(*decoded);
    }
    if (auto* why = std::get_if<std::string>(&way)) {
        busy_.erase(key);
        open_.refuse(order.waiter, Errc::conflict, std::move(*why));
        return;
    }
    Draft& draft = core_.ledger.open();
    draft.hurry();
    draft.erase(key);
    if (decoded->letter.is_message) {
        Partitions::Change& change = draft.count(core_.partitions.of(order.entity));
        --change.set_aside;
        change.dropped += replays ? 0 : 1;
    }
    std::string detail = "the dead letter is dropped";
    if (replays) {
        SharedBytes bytes(decoded->bytes);
        detail = decoded->letter.is_message
                     ? send_again(draft, order.entity, std::move(bytes))
                     : emit_again(draft, order.entity, std::get<Way>(way), bytes);
    }
    busy_[key] = draft.number();
    core_.ledger.close(draft);
    open_.tell(order.waiter, true, detail);
}

std::variant<LetterDesk::Way, std::string> LetterDesk::way_of(const DecodedLetter& decoded) const {
    auto egress = TypeName::parse(decoded.letter.destination);
    if (!egress) {
        return "the dead letter can't be understood";
    }
    LaneChoice choice = choose_lane(*egress, decoded.bytes);
    if (!choice.lane) {
        return "the egress can't take this record (" + choice.reason + "); drop it";
    }
    if (!Outbox::Room(outbox_).take(*egress, *choice.lane)) {
        return "there are too many different egresses or topics";
    }
    return Way{*std::move(egress), *std::move(choice.lane)};
}

std::string LetterDesk::send_again(Draft& draft, const Address& entity, SharedBytes bytes) {
    MessageKey message = core_.deliver(draft, entity, std::move(bytes), Core::Origin::dead_letter);
    return "the message is sent again, as " + message_id(core_.store, message);
}

std::string LetterDesk::emit_again(
    Draft& draft,
    const Address& entity,
    const Way& way,
    const SharedBytes& typed_value
) {
    std::uint64_t position =
        outbox_.append(draft, {way.egress, way.lane, core_.partitions.of(entity), typed_value});
    return "the record goes out again, as number " + std::to_string(position) + " of " +
           way.egress.text();
}

void LetterDesk::on_durable() {
    std::erase_if(busy_, [this](const auto& busy) {
        return busy.second <= core_.ledger.durable();
    });
}

}  // namespace sfg::engine
