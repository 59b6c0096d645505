// ModelFunctions: the remote functions of a simulation. They keep nothing themselves; what they do
// follows from the message's name, so that a repeated call does the same, but each response is told
// from every other one by the number of the execution in its texts.
//
// A message's text is "uid|execution|padding". The children of a message are uid.0, uid.1, ...
//
// Threads: one.
#pragma once

#include "tests/simulation/random.h"
#include "tests/simulation/scenario.h"
#include "tests/support/engine_bed.h"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace sfg::sim {

namespace wire = test::wire;

class ModelFunctions {
public:
    ModelFunctions(const Scenario& scenario, Random& random);

    [[nodiscard]] wire::FromFunction handle(const test::Asked& asked);

    // Changes a good response into one that must not be accepted; says how.
    std::string spoil(wire::FromFunction& response);

    // One function type declares one state more or less from now on.
    void redeploy();

    // In quiet times no new work is made, so that a run comes to its end.
    void be_quiet() { quiet_ = true; }

private:
    [[nodiscard]] std::vector<std::string> declared(const TypeName& type) const;
    [[nodiscard]] Expiration expiration_of(const TypeName& type, const std::string& name) const;
    void invoke(wire::FromFunction& response, const test::Asked& asked, int at);
    void send_children(wire::FromFunction& response, const std::string& uid, Random& chance);
    void send_delayed(wire::FromFunction& response, const std::string& uid, Random& chance);
    void send_records(wire::FromFunction& response, const std::string& uid, Random& chance);
    void reply(wire::FromFunction& response, const test::Asked& asked, int at, Random& chance);
    [[nodiscard]] Address some_target(Random& chance) const;
    [[nodiscard]] std::string text(const std::string& uid, Random& chance) const;

    const Scenario& scenario_;
    Random& random_;
    bool quiet_ = false;
    std::uint64_t execution_ = 0;
    std::map<std::pair<TypeName, std::string>, Expiration> expirations_;
    std::map<TypeName, bool> extended_;  // Declares the state 'extra'.
    std::deque<std::string> callers_;    // Ids of calls, for replies that come late.
};

}  // namespace sfg::sim
