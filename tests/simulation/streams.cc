// The moves of World around an egress whose records are delivered in transactions.
#include "tests/simulation/world.h"

namespace sfg::sim {

bool World::stream() {
    auto& answers = process_->stream_answers;
    if (!answers.empty()) {
        auto [waiter, answer] = std::move(answers.front());
        answers.pop_front();
        if (stream_.answered(waiter, answer, auditor_.streams.outside)) {
            tell_delivered();
        }
        return true;
    }
    bool is_odd = !quiet_ && random_.one_in(25);
    if (is_odd) {
        stream_.close();  // Its connection is lost, whatever it was about.
    }
    if (quiet_ && !process_->engine->ready()) {
        return false;  // It would be told to ask again and again.
    }
    if (!stream_.is_open() && (is_odd || stream_.question() != StreamDriver::Question::open)) {
        ask_stream(StreamDriver::Question::open);
        return true;
    }
    if (stream_.has_batch() && (stream_.ends_early() || quiet_ || random_.one_in(2))) {
        end_transaction();
        return true;
    }
    if (stream_.question() != StreamDriver::Question::none) {
        return false;
    }
    ask_stream(stream_.refused() ? StreamDriver::Question::refuse : StreamDriver::Question::pull);
    return true;
}

void World::ask_stream(StreamDriver::Question question) {
    WaiterId waiter{++last_waiter_};
    std::string by = ", waiter " + std::to_string(last_waiter_);
    stream_.asks(question, waiter);
    switch (question) {
        case StreamDriver::Question::open:
            trace_.add("open the stream" + by);
            auditor_.streams.opened(waiter);
            process_->give(engine::StreamOpened{waiter, kStream});
            break;
        case StreamDriver::Question::refuse:
            trace_.add("refuse record " + std::to_string(*stream_.refused()) + by);
            auditor_.streams.rewound();
            auditor_.streams.refused(waiter, *stream_.refused());
            process_->give(engine::StreamRefused{waiter, kStream, *stream_.refused(), "bad"});
            break;
        default:
            trace_.add("pull records behind " + std::to_string(stream_.behind()) + by);
            auditor_.streams.pulled(waiter, stream_.behind());
            process_->give(
                engine::StreamPulled{waiter, kStream, 1 + random_.below(8), random_.below(2'000)}
            );
    }
}

void World::tell_delivered() {
    std::uint64_t position = auditor_.streams.outside.position;
    trace_.add("the stream is delivered up to " + std::to_string(position));
    process_->give(engine::StreamDelivered{kStream, position});
}

// It becomes visible or not, and its driver may not learn which.
void World::end_transaction() {
    std::size_t how = quiet_ ? 0 : random_.below(10);
    bool is_visible = how < 7;
    auditor_.books.met(Fact::stream_again, !is_visible);  // Its records are pulled once more.
    if (is_visible) {
        stream_.commit(auditor_.streams.outside);
        trace_.add(
            "records up to " + std::to_string(auditor_.streams.outside.position) + " are outside"
        );
    }
    if (how == 6 || how == 9) {
        trace_.add("it is not known whether they are");
        auditor_.books.met(Fact::stream_doubt);
        stream_.close();
    } else if (is_visible) {
        tell_delivered();
    } else {
        trace_.add("a transaction is given up");
        stream_.abort();
        auditor_.streams.rewound();
        process_->give(engine::StreamRewound{kStream});
        auditor_.books.met(Fact::stream_rewound);
    }
}

}  // namespace sfg::sim
