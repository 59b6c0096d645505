// LoadLines: entities that wait to be loaded, in one line per endpoint.
//
// A line of its own keeps an endpoint whose calls are stuck from holding up the loads of others:
// its line grows (or leaves memory, backlog.h), theirs move on.
//
// Threads:    the engine's.
// Invariants: an entity stands in at most one line (Entity::in_line).
// Limits:     the budget of the entities that stand here.
#pragma once

#include "gateway/engine/dispatcher.h"

#include <algorithm>
#include <cstddef>
#include <deque>

namespace sfg::engine {

class LoadLines {
public:
    // One line more, of the next endpoint.
    void add() { lines_.emplace_back(); }

    // Joins the end of its endpoint's line. Requires: it has an endpoint.
    void join(Entity& entity) { lines_[*entity.endpoint].push_back(entity); }

    // Takes the first entity of the next line of which `may_load` says so; nullptr: there is none.
    template <typename MayLoad>
    [[nodiscard]] Entity* next(MayLoad&& may_load) {
        for (std::size_t tried = 0; tried < lines_.size(); ++tried) {
            Line& line = lines_[turn_];
            turn_ = (turn_ + 1) % lines_.size();
            if (!line.empty() && may_load(line.front())) {
                Entity& entity = line.front();
                entity.in_line.unlink();
                return &entity;
            }
        }
        return nullptr;
    }

    [[nodiscard]] bool any() const {
        return std::any_of(lines_.begin(), lines_.end(), [](const Line& line) {
            return !line.empty();
        });
    }

    // What the first of each line are expected to bring.
    [[nodiscard]] std::size_t expected_bytes() const {
        std::size_t bytes = 0;
        for (const Line& line : lines_) {
            bytes += line.empty() ? 0 : line.front().type->load_size.expected();
        }
        return bytes;
    }

    void clear() {
        for (Line& line : lines_) {
            line.clear();
        }
    }

private:
    std::deque<Line> lines_;  // By endpoint. They stay where they are.
    std::size_t turn_ = 0;
};

}  // namespace sfg::engine
