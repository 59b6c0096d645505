#include "gateway/engine_host.h"

#include "gateway/runtime/log.h"
#include "protocol/assert.h"

#include <utility>

namespace sfg {

namespace {

// A clock that is ahead by no more is not worth a word.
constexpr std::chrono::milliseconds kAheadTold{1000};
constexpr std::uint64_t kNoticesPerSecond = 10;

// Shares of a round: durable notices are cheap and let go of waiters; ingress gets no more than
// responses.
constexpr std::array<std::size_t, 6> kWeights = {32, 16, 16, 4, 16, 2};

std::chrono::milliseconds since_1970(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
}

}  // namespace

EngineHost::EngineHost(
    runtime::Loop& loop,
    runtime::Helpers& helpers,
    runtime::IoLoops& io_loops,
    const ModuleSpec& module,
    HostOptions options,
    Outside outside
)
    : loop_(loop),
      module_(module),
      options_(std::move(options)),
      outside_(std::move(outside)),
      started_(runtime::SteadyClock::now()),
      pump_(
          loop,
          kWeights,
          [this](engine::Event&& event) {
              std::size_t weight = weight_of(event);
              handle(std::move(event));
              return weight;
          },
          [this] { after_round(); }
      ),
      committer_(
          loop,
          options_.pace,
          {[this](Epoch epoch, CommitNumber up_to) { put(engine::Durable{epoch, up_to}); },
           [this](const storage::StoreError& error) { on_failed_write(error); },
           [this](commit::Micros took) {
               sync_latency_.observe(took);
           }}
      ),
      reader_(loop, "reader", [this](engine::Loaded loaded) { put(std::move(loaded)); }),
      walker_(loop, "walker", [this](engine::Loaded loaded) { put(std::move(loaded)); }),
      callers_(
          loop,
          helpers,
          io_loops,
          module.endpoints,
          options_.caller,
          [this](functions::CallOutcome outcome) {
              std::visit([this](auto&& event) { put(std::move(event)); }, std::move(outcome));
          }
      ),
      wake_timer_(loop.io()),
      retry_open_(loop, [this] { reopen(); }),
      patience_(loop, [this] {
          calls_cut_ = true;
          callers_.stop();
          check_stopped();
      }) {
    loop_.on_idle([this] { committer_.on_idle(); });
}

EngineHost::~EngineHost() {
    loop_.on_idle({});
}

storage::StoreResult<void> EngineHost::open(OpenStore open_store) {
    open_store_ = std::move(open_store);
    auto opened = open_store_();
    if (opened.has_error()) {
        return opened.error();
    }
    store_ = std::move(*opened);
    auto beginning = commit::begin_epoch(*store_);
    if (beginning.has_error()) {
        return beginning.error();
    }
    // Elapsed time counts from the construction; opening a store may have taken long since.
    auto wall_at_start =
        since_1970(std::chrono::system_clock::now()) - elapsed(runtime::SteadyClock::now());
    clock_.emplace(wall_at_start, std::chrono::milliseconds(beginning->engine_time_ms));
    if (clock_->ahead_at_start() > kAheadTold) {
        log::warn(
            "clock",
            "the store remembers a later time; engine time runs at half speed until they meet",
            {{"ahead_ms", clock_->ahead_at_start().count()}}
        );
    }
    engine::Actions& actions = *this;
    engine_ =
        std::make_unique<engine::Engine>(options_.engine, module_, actions, store_->identity().id);
    // Before the epoch begins, so that ready() speaks of all of them from the start.
    for (PartitionId id = 0; id < options_.engine.partitions; ++id) {
        engine_->on(engine::PartitionAcquired{id});
    }
    begin(*beginning);
    return {};
}

void EngineHost::begin(const commit::Beginning& beginning) {
    set_time(runtime::SteadyClock::now());
    committer_.discard();
    committer_.use(*store_, Epoch{static_cast<std::uint32_t>(engine_->epoch()) + 1});
    reader_.use(store_.get());
    walker_.use(store_.get());
    engine_->on(engine::Reset{beginning.first, beginning.ceiling});
}

void EngineHost::rebind(const Rebinding& change) {
    // First, so that what the engine starts finds its endpoint.
    callers_.bind(change.module.endpoints, change.renewed);
    set_time(runtime::SteadyClock::now());
    engine_->on(
        engine::BindingsChanged{std::make_shared<const ModuleSpec>(change.module), change.renewed}
    );
}

void EngineHost::put(engine::Event&& event) {
    Class event_class = class_of(event);
    pump_.put(event_class, std::move(event));
}

std::chrono::milliseconds EngineHost::elapsed(runtime::SteadyTime now) const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
}

void EngineHost::set_time(runtime::SteadyTime now) {
    auto since_start = elapsed(now);
    engine_->set_time(since_start, clock_->at(since_start));
}

void EngineHost::handle(engine::Event&& event) {
    set_time(pump_.now());
    std::visit([this](auto&& one) { engine_->on(std::move(one)); }, std::move(event));
}

void EngineHost::watch_clock() {
    auto wall = since_1970(std::chrono::system_clock::now());
    if (auto moved = clock_watch_.look(wall, elapsed(runtime::SteadyClock::now()))) {
        log::warn(
            "clock",
            "the system's clock was set; delayed messages and expiries follow it from the next "
            "start",
            {{"moved_ms", moved->count()}}
        );
    }
}

void EngineHost::after_round() {
    loop_lag_.observe(pump_.last_wait());
    committer_.flush_if_due();
    watch_clock();
    if (stopped_) {
        check_stopped();
    }
}

void EngineHost::stop(std::chrono::milliseconds patience, std::function<void()> stopped) {
    stopped_ = std::move(stopped);
    put(engine::StopStarting{});
    patience_.set(patience);
}

void EngineHost::check_stopped() {
    bool calls_over = calls_cut_ || engine_->stats().calls_in_flight == 0;
    bool durable_all = committer_.quiet() && pump_.empty();
    if (calls_over && (durable_all || store_trouble_)) {
        patience_.cancel();
        std::exchange(stopped_, {})();
    } else if (calls_over) {
        committer_.on_idle();
    }
}

void EngineHost::close() {
    retry_open_.cancel();
    wake_timer_.cancel();
    callers_.stop();
    reader_.stop();
    walker_.stop();
    committer_.stop();
    engine_.reset();
    store_.reset();
}

void EngineHost::read(engine::ReadRequest request) {
    (request.walks ? walker_ : reader_).read(std::move(request));
}

void EngineHost::start_call(engine::StartCall&& call) {
    callers_.start(std::move(call));
}

void EngineHost::cancel_call(RequestId id) {
    callers_.cancel(id);
}

void EngineHost::commit(engine::Commit& commit) {
    committer_.append(commit);
}

void EngineHost::answer(WaiterId waiter, engine::Answer answer) {
    outside_.answer(waiter, std::move(answer));
}

void EngineHost::admitted(WaiterId waiter) {
    outside_.admitted(waiter);
}

void EngineHost::wake_at(engine::SteadyMs when) {
    wake_ = when;
    if (when != engine::SteadyMs::max()) {
        arm_wake();
    }
}

void EngineHost::arm_wake() {
    wake_timer_.expires_at(started_ + wake_);
    wake_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            put(engine::Tick{});
        }
    });
}

void EngineHost::released(PartitionId partition) {
    log::info("engine", "partition released", {{"partition", partition}});
}

void EngineHost::notice(std::string text) {
    auto now_ms = since_1970(std::chrono::system_clock::now()).count();
    if (now_ms - notices_since_ms_ >= 1000) {
        if (notices_ > kNoticesPerSecond) {
            log::warn(
                "engine", std::to_string(notices_ - kNoticesPerSecond) + " more lines were left out"
            );
        }
        notices_since_ms_ = now_ms;
        notices_ = 0;
    }
    if (notices_++ < kNoticesPerSecond) {
        log::warn("engine", text);
    }
}

}  // namespace sfg
