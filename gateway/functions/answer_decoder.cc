#include "gateway/functions/answer_decoder.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sfg::functions {

struct AnswerDecoder::Work {
    const Address target;
    const PartitionId home;
    std::string body;
    std::optional<Inflater> inflater;
    std::size_t bytes_max = 0;  // Of what is inflated now.
    Inflater::Step step = Inflater::Step::done;
    std::size_t content_bytes = 0;
    Response response;

    void run() {
        if (inflater) {
            step = inflater->run(bytes_max);
            if (step != Inflater::Step::done) {
                return;
            }
            body = std::move(inflater->content());
        }
        content_bytes = body.size();
        response = parse_response(target, home, body);
        std::string().swap(body);
    }
};

AnswerDecoder::AnswerDecoder(
    runtime::Helpers& helpers,
    runtime::LargeBodyGate& gate,
    Task task,
    Done done
)
    : helpers_(helpers),
      gate_(gate),
      bytes_max_(task.bytes_max),
      granted_(task.granted),
      done_(std::move(done)),
      work_(new Work{std::move(task.target), task.home, std::move(task.body), {}, 0, {}, 0, {}}) {
    if (task.coding != ContentCoding::identity) {
        work_->inflater.emplace(task.coding, std::exchange(work_->body, {}));
    }
}

AnswerDecoder::~AnswerDecoder() {
    gate_.leave(*this);
    keep_grant(0);
}

void AnswerDecoder::start() {
    std::size_t size = work_->inflater ? work_->inflater->encoded_bytes() : work_->body.size();
    if (is_helpers_work(size)) {
        return run_on_helper(granted_ != 0 ? bytes_max_ : std::min(bytes_max_, kLargeBodyBytes));
    }
    work_->bytes_max = std::min(bytes_max_, kInlineParseBytesMax);
    work_->run();
    worked();
}

void AnswerDecoder::run_on_helper(std::size_t bytes_max) {
    work_->bytes_max = bytes_max;
    auto done = [weak = weak_from_this()] {
        if (auto self = weak.lock()) {
            self->worked();
        }
    };
    helpers_.run([work = work_] { work->run(); }, std::move(done));
}

void AnswerDecoder::worked() {
    switch (work_->step) {
        case Inflater::Step::done:
            keep_grant(work_->content_bytes);
            return done_(std::move(work_->response));
        case Inflater::Step::bad:
            return done_(TroubleReport{
                Trouble::bad_encoding,
                "answered with a body that can't be inflated: " + work_->inflater->problem()
            });
        case Inflater::Step::full:
            break;
    }
    if (work_->bytes_max == bytes_max_) {
        return done_(TroubleReport{
            Trouble::too_long,
            "answered with a body that inflates to more, the limit is payload_max_bytes " +
                std::to_string(bytes_max_)
        });
    }
    if (work_->bytes_max < kLargeBodyBytes) {
        return run_on_helper(std::min(bytes_max_, kLargeBodyBytes));
    }
    if (gate_.reserve(*this, bytes_max_)) {
        on_granted();
    }
}

void AnswerDecoder::on_granted() {
    granted_ = bytes_max_;
    run_on_helper(bytes_max_);
}

void AnswerDecoder::keep_grant(std::size_t bytes) {
    if (granted_ > bytes) {
        gate_.give_back(std::exchange(granted_, bytes) - bytes);
    }
}

void release_body(runtime::Helpers& helpers, Body body) {
    if (is_helpers_work(body.size)) {
        auto shared = std::make_shared<Body>(std::move(body));
        helpers.run([shared] { *shared = Body{}; }, [] {});
    }
}

}  // namespace sfg::functions
