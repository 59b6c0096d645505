// The load of the Kafka rows: writes records to one topic, reads what comes of them from another as
// a read_committed consumer, and counts. Either half may be left out.
//
// A record's value begins with the moment at which it was to be written (of the system's clock, in
// nanoseconds): so whoever reads it back, whole, knows how long it took, queueing included. With
// --rate they come at random moments at that mean rate; without, as fast as they can be written.
//
// The window begins when --unmeasured records have been read: it prints `begin` then, and `end`
// when all have been, then one line of JSON about the records between. What comes after that for
// half a second is too much, and is counted.
#include "gateway/egress/kafka_handles.h"
#include "tests/bench/histogram.h"

#include <CLI/CLI.hpp>
#include <librdkafka/rdkafka.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::system_clock;
using sfg::kafka::Handle;
using std::chrono::nanoseconds;

constexpr int kStampDigits = 20;
constexpr std::chrono::seconds kSilenceMax{60};
constexpr std::chrono::milliseconds kMoreWait{500};

struct Options {
    std::string brokers;
    std::string in;   // Empty: nothing is written.
    std::string out;  // Empty: nothing is read.
    int partitions = 1;
    std::uint32_t ids = 10'000;
    std::uint64_t count = 1'000;
    std::uint64_t unmeasured = 100;
    std::uint32_t rate = 0;
    std::size_t bytes = 300;
};

using Message = std::unique_ptr<rd_kafka_message_t, sfg::kafka::Freed<rd_kafka_message_destroy>>;
using Settings = std::vector<std::pair<const char*, std::string>>;

Handle client(rd_kafka_type_t type, const Settings& settings) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    std::array<char, 512> text{};
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name, value.c_str(), text.data(), text.size()) !=
            RD_KAFKA_CONF_OK) {
            throw std::runtime_error(text.data());
        }
    }
    Handle made(rd_kafka_new(type, conf, text.data(), text.size()));
    return made ? std::move(made) : throw std::runtime_error(text.data());
}

std::uint64_t stamp(Clock::time_point time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count()
    );
}

void announce(const char* line) {
    std::puts(line);
    std::fflush(stdout);
}

void send(rd_kafka_t* producer, const Options& options, std::string key, std::string value) {
    std::array<rd_kafka_vu_t, 4> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = options.in.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[1].u.i = RD_KAFKA_MSG_F_COPY;
    parts[2].vtype = RD_KAFKA_VTYPE_KEY;
    parts[2].u.mem = {key.data(), key.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem = {value.data(), value.size()};
    while (true) {
        sfg::kafka::Error error(rd_kafka_produceva(producer, parts.data(), parts.size()));
        if (!error) {
            return;
        }
        if (rd_kafka_error_code(error.get()) != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            throw std::runtime_error(rd_kafka_error_string(error.get()));
        }
        rd_kafka_poll(producer, 10);
    }
}

void write_all(const Options& options) {
    Handle producer = client(
        RD_KAFKA_PRODUCER,
        {{"bootstrap.servers", options.brokers},
         {"enable.idempotence", "true"},
         {"partitioner", "murmur2_random"},
         {"linger.ms", options.rate > 0 ? "0" : "5"},
         {"queue.buffering.max.messages", "1000000"}}
    );
    std::minstd_rand random(20'260'103);
    std::exponential_distribution<double> gap_s(std::max<std::uint32_t>(options.rate, 1));
    Clock::time_point due = Clock::now();
    for (std::uint64_t i = 0; i < options.count; ++i) {
        if (options.rate > 0) {
            due += std::chrono::duration_cast<Clock::duration>(
                std::chrono::duration<double>(gap_s(random))
            );
            std::this_thread::sleep_until(due);
        } else {
            due = Clock::now();
        }
        std::string value = std::to_string(stamp(due));
        value.insert(0, kStampDigits - value.size(), '0');
        value.resize(std::max(options.bytes, value.size()), 'x');
        send(producer.get(), options, "id-" + std::to_string(random() % options.ids), value);
        rd_kafka_poll(producer.get(), 0);
    }
    if (rd_kafka_flush(producer.get(), 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::runtime_error("the broker did not take all records within a minute");
    }
}

class Reader {
public:
    explicit Reader(const Options& options) : options_(options) {
        consumer_ = client(
            RD_KAFKA_CONSUMER,
            {{"bootstrap.servers", options.brokers},
             {"group.id", "bench-reader"},
             {"isolation.level", "read_committed"},
             {"enable.auto.commit", "false"},
             {"auto.offset.reset", "earliest"},
             {"fetch.wait.max.ms", "10"}}
        );
        rd_kafka_poll_set_consumer(consumer_.get());
        auto* parts = rd_kafka_topic_partition_list_new(options.partitions);
        for (int i = 0; i < options.partitions; ++i) {
            rd_kafka_topic_partition_list_add(parts, options.out.c_str(), i)->offset = 0;
        }
        rd_kafka_assign(consumer_.get(), parts);
        rd_kafka_topic_partition_list_destroy(parts);
    }

    // Until all have come, or none comes any more.
    void read_all() {
        Clock::time_point last = Clock::now();
        while (count_ < options_.count && Clock::now() - last < kSilenceMax) {
            if (!poll()) {
                continue;
            }
            last = Clock::now();
            if (count_ == options_.unmeasured) {
                window_ = last;
                latencies_ = {};
                announce("begin");
            }
        }
        seconds_ = std::chrono::duration<double>(last - window_).count();
        window_count_ = latencies_.count();
        announce("end");
        for (auto until = Clock::now() + kMoreWait; Clock::now() < until;) {
            poll();
        }
    }

    void print() const {
        auto us = [this](double share) {
            return static_cast<double>(latencies_.quantile(share)) / 1e3;
        };
        nlohmann::ordered_json result = {
            {"records", count_},
            {"window_records", window_count_},
            {"seconds", seconds_},
            {"records_per_s", static_cast<double>(window_count_) / std::max(seconds_, 1e-9)},
            {"p50_us", us(0.5)},
            {"p99_us", us(0.99)},
            {"p999_us", us(0.999)},
            {"max_us", us(1)},
        };
        std::puts(result.dump().c_str());
    }

private:
    bool poll() {
        Message message(rd_kafka_consumer_poll(consumer_.get(), 100));
        if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return false;
        }
        std::uint64_t began = 0;
        const char* text = static_cast<const char*>(message->payload);
        bool is_stamped = message->len >= kStampDigits &&
                          std::from_chars(text, text + kStampDigits, began).ec == std::errc();
        if (!is_stamped || message->len != std::max<std::size_t>(options_.bytes, kStampDigits)) {
            throw std::runtime_error("a record came back as another one");
        }
        std::uint64_t now = stamp(Clock::now());
        latencies_.add(now > began ? now - began : 0);
        ++count_;
        return true;
    }

    const Options& options_;
    Handle consumer_;
    bench::Histogram latencies_;
    std::uint64_t count_ = 0;
    std::uint64_t window_count_ = 0;
    Clock::time_point window_ = Clock::now();
    double seconds_ = 0;
};

int run(const Options& options) {
    if (options.out.empty()) {
        write_all(options);
        return 0;
    }
    Reader reader(options);
    std::exception_ptr failed;
    std::thread writer([&] {
        try {
            options.in.empty() ? void() : write_all(options);
        } catch (...) {
            failed = std::current_exception();
        }
    });
    reader.read_all();
    writer.join();
    if (failed) {
        std::rethrow_exception(failed);
    }
    reader.print();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Load for the Kafka rows of the benchmark.");
    Options options;
    app.add_option("--brokers", options.brokers)->required();
    app.add_option("--in", options.in, "The topic to write to");
    app.add_option("--out", options.out, "The topic to read");
    app.add_option("--partitions", options.partitions, "Of --out")->check(CLI::Range(1, 1000));
    app.add_option("--ids", options.ids, "So many keys")->check(CLI::Range(1, 100'000'000));
    app.add_option("--count", options.count, "So many records")
        ->check(CLI::Range(10, 1'000'000'000));
    app.add_option("--unmeasured", options.unmeasured, "The first of them, while things get warm")
        ->check(CLI::Range(1, 1'000'000'000));
    app.add_option("--rate", options.rate, "So many a second")->check(CLI::Range(0, 1'000'000));
    app.add_option("--bytes", options.bytes, "Of a value")->check(CLI::Range(1, 1'000'000));
    CLI11_PARSE(app, argc, argv);
    try {
        return run(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
