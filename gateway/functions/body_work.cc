#include "gateway/functions/body_work.h"

#include <memory>
#include <utility>

namespace sfg::functions {

void parse_on_helper(
    runtime::Helpers& helpers,
    Address target,
    PartitionId home,
    std::string body,
    std::function<void(Response)> done
) {
    struct Job {
        Address target;
        PartitionId home;
        std::string body;
        Response response;
    };

    auto job = std::make_shared<Job>(Job{std::move(target), home, std::move(body), {}});
    auto work = [job] {
        job->response = parse_response(job->target, job->home, job->body);
        std::string().swap(job->body);
    };
    auto finish = [job, done = std::move(done)] {
        done(std::move(job->response));
    };
    helpers.run(std::move(work), std::move(finish));
}

void release_body(runtime::Helpers& helpers, Body body) {
    if (is_helpers_work(body.size)) {
        auto shared = std::make_shared<Body>(std::move(body));
        helpers.run([shared] { *shared = Body{}; }, [] {});
    }
}

}  // namespace sfg::functions
