// ExpiringFunction: a bed with one function type, f, whose state "n" expires.
#pragma once

#include "tests/support/engine_bed.h"

#include <optional>
#include <string>
#include <vector>

namespace sfg::test {

// An incomplete answer: states of these names, which do not expire.
inline wire::FromFunction declaring(const std::vector<std::string>& names) {
    wire::FromFunction specs;
    for (const std::string& name : names) {
        add_missing(specs, name, ExpireMode::none, 0);
    }
    return specs;
}

struct ExpiringFunction {
    explicit ExpiringFunction(ExpireMode mode, int ttl_ms, engine::EngineOptions options = {})
        : bed(options) {
        declares(mode, ttl_ms);
        bed.send("f", "teacher", "x");
        through_canary();
        bed.answer(done());
        bed.sync();
    }

    // What the function's code declares from now on.
    void declares(ExpireMode mode, int ttl_ms) {
        specs.Clear();
        add_missing(specs, "n", mode, ttl_ms);
    }

    void declares(const wire::FromFunction& incomplete) { specs = incomplete; }

    // If the oldest call carries no states, answers as an SDK does.
    void through_canary() {
        if (!bed.calls.empty() && bed.calls[0].batch.state_size() == 0) {
            bed.answer(specs);
        }
    }

    // One turn of an entity, durable; returns the value that it was sent.
    std::optional<std::string> turn(const std::string& id, const wire::FromFunction& response) {
        bed.send("f", id, "x");
        bed.sync();  // The sweep may hold the entity until its deletion is durable.
        through_canary();
        auto value = bed.calls.at(0).state("n");
        bed.answer(response);
        bed.sync();
        return value;
    }

    std::optional<std::string> read(const std::string& id) { return turn(id, done()); }

    void write(const std::string& id, const std::string& value) {
        auto response = done();
        set_state(response, "n", value);
        turn(id, response);
    }

    void remove(const std::string& id) {
        auto response = done();
        delete_state(response, "n");
        turn(id, response);
    }

    EngineBed bed;
    wire::FromFunction specs;
};

}  // namespace sfg::test
