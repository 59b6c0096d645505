#include "tests/simulation/scenario.h"

namespace sfg::sim {

namespace {

using std::chrono::milliseconds;

EndpointSpec endpoint(const char* ns, Random& random) {
    EndpointSpec spec;
    spec.functions = {ns, std::nullopt};
    spec.url_template = "http://127.0.0.1:1/";
    constexpr std::uint32_t kBatches[] = {1, 2, 5, 1000};
    constexpr std::uint32_t kPools[] = {1, 2, 4, 64};
    spec.batch_messages_max = kBatches[random.below(std::size(kBatches))];
    spec.failure.dispatch = random.one_in(4) ? Dispatch::after_commit : Dispatch::at_once;
    spec.pool_size = kPools[random.below(std::size(kPools))];
    return spec;
}

engine::EngineOptions options(Random& random) {
    engine::EngineOptions options;
    options.partitions = static_cast<PartitionId>(1 + random.below(8));
    // Refusals are repeated, unless the seed has messages that can't be processed.
    options.failure.attempts = FailurePolicy::kAttemptsMax;
    if (random.percent(60)) {
        options.memory_budget_bytes = 2'000 + random.below(30'000);
    }
    if (random.percent(30)) {
        options.commit_queue_bytes_max = kCallCreditBytes * (1 + random.below(4));
    }
    if (random.percent(30)) {
        options.batch_bytes_max = 200 + random.below(4'000);
    }
    if (random.percent(30)) {
        options.large_request_bytes = 100 + random.below(2'000);
        options.large_requests_bytes = 1'000 + random.below(8'000);
    }
    if (random.percent(15)) {
        options.waiting_messages_max = 20 + random.below(60);
    }
    if (random.percent(15)) {
        options.marks_max = 5 + random.below(20);
    }
    if (random.percent(15)) {
        options.calls_max = 5 + random.below(20);
    }
    return options;
}

}  // namespace

const std::vector<TypeName>& Scenario::types() {
    static const std::vector<TypeName> types = {
        {"t", "f"}, {"t", "g"}, {"u", "h"}, {"t", "plain"}, {"x", "ghost"}
    };
    return types;
}

Scenario::Scenario(std::uint64_t number) : seed(number) {
    Random random(number);
    options = sim::options(random);
    module.endpoints = {endpoint("t", random), endpoint("u", random)};
    leveldb = random.percent(12);
    timers = random.percent(70);
    have_bulks(random);
    have_poison(random);
    expiring = random.percent(50);
    ids = 1 + random.below(12);
    padding_max = random.percent(40) ? 4'000 : 40;
    requests_open_max = 5 + random.below(60);

    auto set = [this](Move move, std::size_t weight) {
        weights[static_cast<std::size_t>(move)] = static_cast<unsigned>(weight);
    };
    // What a fault-free run needs; how fast each goes differs from run to run.
    for (Move move :
         {Move::send,
          Move::deliver_read,
          Move::answer_call,
          Move::begin_write,
          Move::finish_write,
          Move::notice}) {
        set(move, 20 + random.below(100));
    }
    for (Move move : {Move::take_snapshot, Move::pass_time, Move::ask_egress, Move::take_egress}) {
        set(move, 10 + random.below(40));
    }
    set(Move::tick, random.below(10));
    set(Move::ask_reply, random.below(8));
    set(Move::letters, random.below(5));
    set(Move::compact, leveldb ? 10 : 0);
    // Faults: each is there or not.
    auto may = [&](Move move, std::size_t most) {
        set(move, random.one_in(2) ? 1 + random.below(most) : 0);
    };
    for (Move move :
         {Move::leave,
          Move::call_deadline,
          Move::fail_read,
          Move::invalid_answer,
          Move::garble_answer,
          Move::lose_answer,
          Move::late_answer}) {
        may(move, 12);
    }
    may(Move::fail_call, random.one_in(4) ? 80 : 15);
    for (Move move :
         {Move::fail_write,
          Move::release,
          Move::redeploy,
          Move::bad_deploy,
          Move::outage,
          Move::reload,
          Move::disk_room,
          Move::restart,
          Move::jump_time,
          Move::set_clock}) {
        may(move, 4);
    }
    may(Move::crash, 6);
    if (parking) {
        set(Move::order, 1 + random.below(15));
        set(Move::letters, 1 + random.below(15));
    }
    set(Move::acquire, 10);
    set(Move::reopen, 20);
    have_edges(random);
}

Expiration some_expiration(Random& random) {
    constexpr std::int64_t kTimes[] = {1, 30, 300, 2'000, 60'000, 3'000'000};
    constexpr ExpireMode kModes[] = {
        ExpireMode::none, ExpireMode::after_write, ExpireMode::after_invoke
    };
    return {kModes[random.below(3)], kTimes[random.below(std::size(kTimes))]};
}

void Scenario::have_bulks(Random& random) {
    bool some = random.percent(60);
    weights[static_cast<std::size_t>(Move::send_bulk)] =
        static_cast<unsigned>(some ? 1 + random.below(40) : 0);
    group_commits_max = random.percent(30) ? 1 + random.below(20) : 0;
    own_rows_max = random.below(4);
}

// So few and so small that messages leave them in all ways.
void Scenario::have_pages(Random random) {
    pages.pages_max = random.below(10);
    pages.bytes_max = random.one_in(2) ? 20'000 : 1'000;
    pages.page_bytes_max = random.one_in(2) ? 10'000 : 600;
    pages.message_bytes_max = random.one_in(3) ? 200 : 10'000;
}

void Scenario::have_edges(Random& random) {
    auto set = [this](Move move, std::size_t weight) {
        weights[static_cast<std::size_t>(move)] = static_cast<unsigned>(weight);
    };
    if (random.one_in(2)) {
        set(Move::grow_log, 1 + random.below(20));
        set(Move::source, 20 + random.below(80));
        set(Move::refused, random.below(6));
    }
    module.playground_egress = PlaygroundEgressSpec{8091, {"a", "b"}, {}};
    streams = random.percent(40);
    if (streams) {
        module.kafka_egresses.emplace_back().id = kStream;
        set(Move::stream, 20 + random.below(80));
    }
    have_pages(random);
}

void Scenario::have_poison(Random& random) {
    parking = random.percent(35);
    if (!parking) {
        return;
    }
    options.failure.attempts = static_cast<std::uint32_t>(1 + random.below(3));
    options.failure.backoff_first = milliseconds(1 + random.below(100));
    options.failure.backoff_max = milliseconds(1'000);
    dead_letters = random.one_in(2);
    options.failure.on_poison = dead_letters ? OnPoison::dead_letter : OnPoison::park;
    poison_hangs = random.one_in(3);
    if (poison_hangs) {
        // Whatever waits behind it, others still get through: else it is never searched.
        options.waiting_messages_max = kWaitingMessagesMax;
    }
    batch_most = random.one_in(2) ? 1 + random.below(4) : 0;
}

bool Scenario::is_poison(const std::string& uid) const {
    return parking && mix(seed + 77, uid.data(), uid.size()) % 16 == 0;
}

std::int64_t some_delay(Random& random) {
    constexpr std::int64_t kDelays[] = {
        0, 0, 1, 7, 50, 50, 400, 5'000, 60'000, 60'000, 1'800'000, 40 * 24 * 3'600'000LL
    };
    return kDelays[random.below(std::size(kDelays))];
}

}  // namespace sfg::sim
