// The committer: what becomes durable together.
#include "gateway/commit/committer.h"

#include "storage/memory_store.h"

#include <catch2/catch.hpp>

using namespace sfg;

namespace {

// Commits three of 3 MiB before the loop runs; how many groups they became.
std::uint64_t groups_of_three(bool joins) {
    runtime::Loop loop;
    storage::MemoryStore store({StoreId{7}, 4});
    commit::Committer committer(
        loop,
        {},
        {[&](Epoch, CommitNumber up_to) {
             if (up_to == CommitNumber{3}) {
                 loop.stop();
             }
         },
         [](const storage::StoreError&) { FAIL("the store fails"); },
         [](commit::Micros) {
         }}
    );
    committer.use(store, Epoch{1});
    for (std::uint64_t number = 1; number <= 3; ++number) {
        engine::Commit commit;
        commit.number = CommitNumber{number};
        commit.joins = joins && number > 1;
        storage::Part key = commit.text.append("k" + std::to_string(number));
        commit.puts.push_back({key, SharedBytes(std::string(3 * kMiB, 'v'))});
        committer.append(commit);
    }
    committer.on_idle();
    loop.run();
    std::uint64_t groups = committer.stats().groups;
    committer.stop();
    return groups;
}

}  // namespace

TEST_CASE("a full group takes no more commits, but for those that join its last", "[commit]") {
    CHECK(groups_of_three(false) == 2);
    CHECK(groups_of_three(true) == 1);
}
