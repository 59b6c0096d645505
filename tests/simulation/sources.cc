// The moves of World around sources: their logs grow, their drivers read them, operators look at
// what was set aside.
#include "tests/simulation/decode_rows.h"
#include "tests/simulation/world.h"

#include <iterator>

namespace sfg::sim {

bool World::grow_log() {
    trace_.add(log_.grow());
    return true;
}

bool World::source() {
    auto& answers = process_->source_answers;
    if (!answers.empty()) {
        auto [waiter, answer] = std::move(answers.front());
        answers.pop_front();
        for (auto& [name, driver] : drivers_) {
            driver.answered(waiter, answer);
        }
        return true;
    }
    const auto& names = SourceLog::names();
    std::size_t first = quiet_ ? 0 : random_.below(names.size());
    for (std::size_t i = 0; i < (quiet_ ? names.size() : 1); ++i) {
        if (run_source(names[(first + i) % names.size()])) {
            return true;
        }
    }
    return false;
}

bool World::run_source(const TypeName& name) {
    SourceDriver& driver = drivers_[name];
    bool is_odd = !quiet_ && random_.one_in(25);
    if (quiet_ && !process_->engine->ready()) {
        return false;  // It would be told to ask again and again.
    }
    if (driver.waiter() && !is_odd) {
        return false;
    }
    if (driver.session() == 0 || (is_odd && random_.one_in(2))) {
        open_source(name, driver);
        return true;
    }
    if (is_odd) {
        give_wrongly(name, driver);
        return true;
    }
    if (!quiet_ && random_.one_in(6)) {
        ask_source(name, driver);
        return true;
    }
    std::size_t most = quiet_ ? 6 : random_.below(7);
    auto batch = driver.read(log_.parts(name), scenario_.options.partitions, most);
    if (batch) {
        give_records(name, driver, std::move(*batch));
        return true;
    }
    if (quiet_ && !driver.is_durable()) {
        ask_source(name, driver);  // What it gave may have been undone.
        return true;
    }
    return false;
}

WaiterId World::next_source_waiter(SourceDriver& driver) {
    WaiterId waiter{++last_waiter_};
    driver.asks(waiter);
    return waiter;
}

void World::open_source(const TypeName& name, SourceDriver& driver) {
    WaiterId waiter = next_source_waiter(driver);
    trace_.add("open source " + name.text() + ", waiter " + std::to_string(last_waiter_));
    auditor_.sources.opened(waiter, name);
    process_->give(engine::SourceOpened{waiter, name});
    auditor_.sources.was_given(waiter);
}

void World::ask_source(const TypeName& name, SourceDriver& driver) {
    WaiterId waiter = next_source_waiter(driver);
    trace_.add("where is " + name.text() + "? waiter " + std::to_string(last_waiter_));
    auditor_.sources.asked(waiter, name, driver.session());
    process_->give(engine::SourceAsked{waiter, name, driver.session()});
    auditor_.sources.was_given(waiter);
}

void World::give_records(const TypeName& name, SourceDriver& driver, SourceDriver::Batch batch) {
    WaiterId waiter = next_source_waiter(driver);
    std::string line = name.text() + " gives";
    for (const auto& one : batch.told.messages) {
        line += " " + one.message.uid + " to " + one.message.target.text();
    }
    for (const engine::SourcePosition& position : batch.event.positions) {
        line += ", " + position.part + " then at " + std::to_string(position.next) +
                (position.is_reset ? " anew" : "");
    }
    trace_.add(line + ", waiter " + std::to_string(last_waiter_));
    batch.event.waiter = waiter;
    batch.event.source = batch.told.source = name;
    auditor_.sources.given(waiter, std::move(batch.told));
    process_->give(std::move(batch.event));
    auditor_.sources.was_given(waiter);
}

// As no driver should: with an old session, from behind where it stands, or while other records of
// it are held.
void World::give_wrongly(const TypeName& name, SourceDriver& driver) {
    const auto& stands = auditor_.books.current.sources[name].positions;
    bool holds = driver.waiter() && auditor_.sources.holds(*driver.waiter());
    std::size_t how = random_.below(3);
    SourceDriver::Batch batch;
    batch.event.session = batch.told.session = driver.session();
    if (how == 0 && !stands.empty() && stands.begin()->second > 0) {
        batch.event.positions.push_back({stands.begin()->first, stands.begin()->second - 1});
        batch.told.positions = batch.event.positions;
    } else if (how == 1 && holds) {
        auto next = driver.read(log_.parts(name), scenario_.options.partitions, 2);
        batch = next ? std::move(*next) : std::move(batch);
    } else {
        batch.event.session = batch.told.session = driver.session() - 1;
    }
    give_records(name, driver, std::move(batch));
}

// ---- Refused records.

bool World::refused_records() {
    const auto& known = auditor_.books.refused;
    WaiterId waiter{++last_waiter_};
    auditor_.answers.waits(waiter, order_of(Address{}));
    if (known.empty() || random_.one_in(2)) {
        std::optional<TypeName> source;
        if (random_.one_in(2)) {
            source = SourceLog::names()[random_.below(SourceLog::names().size())];
        }
        trace_.add("list refused records, waiter " + std::to_string(last_waiter_));
        auditor_.sources.operated(waiter, {}, source);
        process_->give(engine::RefusedRecordsAsked{waiter, {}, 1 + random_.below(50), source});
        return true;
    }
    auto any = std::next(known.begin(), static_cast<std::ptrdiff_t>(random_.below(known.size())));
    const RefusedModel& record = any->second.record;
    std::string id = message_id(kStore, record.own);
    trace_.add("drop refused record " + id + ", waiter " + std::to_string(last_waiter_));
    auditor_.sources.operated(waiter, any->first, std::nullopt);
    process_->give(engine::RefusedRecordOrdered{waiter, record.source, id});
    return true;
}

}  // namespace sfg::sim
