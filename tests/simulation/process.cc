#include "tests/simulation/process.h"

#include "protocol/assert.h"
#include "tests/simulation/decode.h"

#include <algorithm>

namespace sfg::sim {

namespace {

// Responses of calls that are over, which may still come.
constexpr std::size_t kOverMax = 30;

std::string number(CommitNumber number) {
    return std::to_string(value_of(number));
}

struct Words {
    std::string operator()(const engine::Accepted&) const { return "accepted"; }

    std::string operator()(const engine::BulkAccepted& bulk) const {
        return "accepted " + std::to_string(bulk.messages.size()) + ", " +
               std::to_string(bulk.repeats.size()) + " before";
    }

    std::string operator()(const engine::Reply&) const { return "the reply"; }

    std::string operator()(const engine::StillOpen&) const { return "still open"; }

    std::string operator()(const engine::Stored&) const { return "stored"; }

    std::string operator()(const engine::Refused& refused) const {
        return code_text(refused.problem.code) + " " + refused.problem.detail;
    }

    std::string operator()(const engine::EgressOffer& offer) const {
        return "record " + std::to_string(offer.position) + " of lane '" + offer.lane + "'";
    }

    std::string operator()(const engine::EgressEmpty&) const { return "no record"; }

    std::string operator()(const engine::StreamAt& at) const {
        return "a stream at " + std::to_string(at.delivered);
    }

    std::string operator()(const engine::StreamRecords& given) const {
        return std::to_string(given.records.size()) + " records";
    }

    std::string operator()(const engine::SourceAt& at) const {
        std::string text = "a source in session " + std::to_string(at.session) + " at";
        for (const engine::SourcePosition& position : at.positions) {
            text += " " + position.part + ":" + std::to_string(position.next);
        }
        return text;
    }

    std::string operator()(const engine::SourceTaken&) const { return "taken"; }

    std::string operator()(const engine::SourceLost&) const { return "the session is over"; }

    std::string operator()(const engine::Told&) const { return "what an operator asked"; }
};

}  // namespace

std::string describe(const engine::Answer& answer) {
    return std::visit(Words{}, answer);
}

std::string describe(const test::Asked& asked) {
    std::string text = asked.call.target.text().substr(0, 40) + " [";
    for (const std::string& argument : asked.arguments()) {
        text += (text.back() == '[' ? "" : " ") + uid_of(argument);
    }
    text += "]";
    for (const auto& state : asked.batch.state()) {
        text += " " + state.state_name() + "=" +
                (state.has_state_value() ? state.state_value().value() : "-");
    }
    return text;
}

Process::Process(
    const Scenario& scenario,
    Auditor& auditor,
    Trace& trace,
    Disk& disk,
    Clients& clients
)
    : scenario_(scenario),
      auditor_(auditor),
      trace_(trace),
      disk_(disk),
      clients_(clients),
      tally_(scenario.own_rows_max) {}

Process::~Process() {
    engine.reset();
    disk_.run_background();
}

void Process::start(
    std::unique_ptr<storage::Store> opened,
    const commit::Beginning& beginning,
    std::chrono::milliseconds wall
) {
    store = std::move(opened);
    auditor_.clock_begins(wall.count());
    clock_.emplace(wall, std::chrono::milliseconds(beginning.engine_time_ms));
    engine::Actions& actions = *this;
    engine = std::make_unique<engine::Engine>(
        scenario_.options, auditor_.books.module, actions, store->identity().id
    );
    set_time();
    for (PartitionId id = 0; id < scenario_.options.partitions; ++id) {
        engine->on(engine::PartitionAcquired{id});
    }
    reset(nullptr, beginning);
}

void Process::reset(std::unique_ptr<storage::Store> opened, const commit::Beginning& beginning) {
    if (opened) {
        store = std::move(opened);
    }
    open.clear();
    full_.clear();
    tally_.clear();
    in_doubt.reset();
    auditor_.books.expect(
        beginning.first > auditor_.books.highest_ever,
        "an epoch begins at number " + number(beginning.first) + ", which was used before"
    );
    auditor_.epoch_begins();
    auditor_.books.resetting = true;
    auditor_.books.store_lost = false;
    auditor_.books.released = released_partitions;
    auditor_.answers.dropped_offers();
    offers.clear();
    give(engine::Reset{beginning.first, beginning.ceiling});
    auditor_.books.resetting = false;
    engine::EngineStats stats = engine->stats();
    auditor_.books.expect(
        calls.empty() && stats.calls_in_flight == 0 && stats.entities_in_memory == 0 &&
            stats.memory_bytes == 0 && stats.open_calls == 0,
        "a reset keeps something of the epoch before"
    );
}

void Process::set_time() {
    std::int64_t wall = clock_->at(now);
    auditor_.clock_says(now.count(), wall);
    auditor_.books.ready = engine->ready();
    auditor_.books.note_waiting();
    engine->set_time(now, wall);
}

void Process::begin_write() {
    SFG_ASSERT(writing.empty() && has_open());
    if (full_.empty()) {
        std::swap(open, writing);
    } else {
        writing = std::move(full_.front());
        full_.pop_front();
    }
    writing.close(tally_);
    trace_.add("write up to commit " + number(writing.last()));
}

storage::StoreResult<void> Process::finish_write() {
    SFG_ASSERT(!writing.empty() && store);
    CommitNumber last = writing.last();
    disk_.run_background();  // LevelDB's writes wait for its compactions.
    storage::StoreResult<void> said;
    store->commit(writing.batch(), [&said](storage::StoreResult<void> result) {
        said = std::move(result);
    });
    writing.clear();
    if (said.has_error()) {
        trace_.add("the write up to commit " + number(last) + " fails: " + said.error().reason);
        in_doubt = last;
        return said;
    }
    trace_.add("written up to commit " + number(last));
    // LevelDB is slower to read: not after each group.
    if (!scenario_.leveldb || ++writes_ % 8 == 0) {
        auto rows = read_all(*store);
        SFG_ASSERT(rows.has_value());
        auditor_.written(last, *rows);
    } else {
        auditor_.books.write(last);
    }
    notices.push_back({engine->epoch(), last});
    return said;
}

void Process::lose_store() {
    auditor_.books.store_lost = true;
    give(engine::StoreLost{});
    std::erase_if(reads, [](const OutRead& read) { return !read.result; });
    disk_.run_background();
    store.reset();
}

void Process::read(engine::ReadRequest request) {
    std::string what = request.gets.empty() ? request.scans.at(0).range.from : request.gets[0].key;
    trace_.add(
        "-> read " + std::to_string(static_cast<std::uint64_t>(request.id)) + ": " +
        readable(what).substr(0, 80)
    );
    reads.push_back({std::move(request), std::nullopt});
}

void Process::start_call(engine::StartCall&& call) {
    wire::ToFunction request;
    bool parsed = request.ParseFromString(call.body.flatten());
    auditor_.books.expect(parsed, "a request that can't be parsed");
    OutCall out{{std::move(call), request.invocation()}, 0, std::nullopt};
    trace_.add("-> call " + describe(out.asked));
    out.seq = auditor_.calls.started(out.asked);
    calls.push_back(std::move(out));
}

void Process::cancel_call(RequestId id) {
    auto is_it = [id](const OutCall& call) {
        return call.asked.call.id == id;
    };
    auditor_.calls.cancelled(id);
    auto found = std::find_if(calls.begin(), calls.end(), is_it);
    if (found != calls.end()) {
        trace_.add("-> cancel the call of " + found->asked.call.target.text());
        over.push_back(std::move(*found));
        calls.erase(found);
        while (over.size() > kOverMax) {
            over.pop_front();
        }
    }
}

void Process::commit(engine::Commit& commit) {
    trace_.add("-> commit " + number(commit.number));
    auditor_.commits.committed(commit);
    // As the committer does it, though for the bytes of a group.
    bool is_full =
        scenario_.group_commits_max != 0 && open.commits() >= scenario_.group_commits_max;
    if (is_full && !commit.joins) {
        full_.push_back(std::exchange(open, {}));
    }
    open.append(commit);
}

void Process::answer(WaiterId waiter, engine::Answer answer) {
    trace_.add(
        "-> answer " + std::to_string(static_cast<std::uint64_t>(waiter)) + ": " + describe(answer)
    );
    bool is_source = auditor_.sources.has(waiter);
    bool is_stream = auditor_.streams.has(waiter);
    auditor_.answered(waiter, answer);
    if (is_source || is_stream) {
        (is_source ? source_answers : stream_answers).emplace_back(waiter, std::move(answer));
        return;
    }
    if (std::holds_alternative<engine::Stored>(answer)) {
        return;  // The answer itself follows.
    }
    clients_.answered(waiter, answer);
    if (auto* offer = std::get_if<engine::EgressOffer>(&answer)) {
        offers.push_back(std::move(*offer));
    }
}

void Process::admitted(WaiterId) {}

void Process::wake_at(engine::SteadyMs when) {
    wake = when;
}

void Process::released(PartitionId partition) {
    trace_.add("-> partition " + std::to_string(partition) + " is released");
    auditor_.released(partition);
    released_partitions.insert(partition);
}

void Process::notice(std::string text) {
    trace_.add("-> notice: " + text);
}

void Process::happened(engine::Happening happening) {
    std::string_view kind = engine::kHappeningNames.at(static_cast<std::size_t>(happening.kind));
    trace_.add("-> event " + std::string(kind) + " of " + happening.entity.text());
}

}  // namespace sfg::sim
