// HttpInput: the bytes of a connection that are read and not yet parsed.
//
// One block that is used again and again. It grows while reads fill it and shrinks when they have
// long been small, so that an idle connection costs little and a busy one few system calls.
//
// Threads:    one connection's loop.
// Limits:     capacity() <= bytes_max. With full() and no progress the caller gives up.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace sfg::runtime {

class HttpInput {
public:
    static constexpr std::size_t kSmallBytes = 4096;

    explicit HttpInput(std::size_t bytes_max);

    [[nodiscard]] std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }

    [[nodiscard]] bool empty() const { return begin_ == end_; }

    [[nodiscard]] bool full() const { return end_ - begin_ == bytes_max_; }

    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    // Also while a read is under way.
    void consume(std::size_t bytes);

    // Room for the next read; not empty unless full(). Stays where it is until commit().
    [[nodiscard]] std::span<char> prepare();

    // `bytes` were read into what prepare() gave.
    void commit(std::size_t bytes);

private:
    void move_to(std::size_t capacity);

    const std::size_t bytes_max_;
    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t wanted_ = kSmallBytes;
    int small_reads_ = 0;
    bool lent_ = false;  // A read is under way: what it writes to must stay where it is.
};

}  // namespace sfg::runtime
