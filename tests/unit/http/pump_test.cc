// The pump: who gets which share of the loop.
#include "gateway/runtime/pump.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace sfg;

namespace {

// Events of two classes, each with what it counts as, and what of them came in which round.
class PumpBed {
public:
    PumpBed()
        : pump(
              loop,
              {4, 2},
              [this](std::pair<char, std::size_t>&& event) {
                  rounds.back() += event.first;
                  return event.second;
              },
              [this] {
                  rounds.emplace_back();
                  if (pump.empty()) {
                      loop.stop();
                  }
              }
          ) {}

    [[nodiscard]] std::string order() const {
        std::string all;
        for (const std::string& round : rounds) {
            all += round;
        }
        return all;
    }

    runtime::Loop loop;
    std::vector<std::string> rounds{""};
    runtime::Pump<std::pair<char, std::size_t>, 2> pump;
};

}  // namespace

TEST_CASE("each class gets its share in turn", "[pump]") {
    PumpBed bed;
    for (int i = 0; i < 9; ++i) {
        bed.pump.put(0, {'a', 1});
        bed.pump.put(1, {'b', 1});
    }
    bed.loop.run();
    CHECK(bed.order() == "aaaabbaaaabbabbbbb");
}

TEST_CASE("an event that counts as many uses up its class's share, and the round", "[pump]") {
    PumpBed bed;
    for (int i = 0; i < 3; ++i) {
        bed.pump.put(0, {'A', 200});
        bed.pump.put(1, {'b', 1});
    }
    bed.loop.run();
    CHECK(bed.order() == "AbbAbA");
    for (const std::string& round : bed.rounds) {
        CHECK(std::count(round.begin(), round.end(), 'A') <= 1);
    }
}
