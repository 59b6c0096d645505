// module.yaml: what a StateFun application binds, as data.
//
// load_modules() reads any number of files, each of any number of YAML documents, and reports all
// problems of all of them at once. A warning is something StateFun would silently ignore; it does
// not stop a start.
//
// Threads:  functions of their arguments, and values. No I/O: of the files that a module names,
//           only LoadOptions knows.
// Limits:   kYamlBytesMax per file (yaml_node.h), kDiagnosticsMax reports.
// Source:   StateFun 3.3's parser: kinds io.statefun.endpoints.v2/http and v1/http,
//           {playground,kafka,kinesis}.v1/{ingress,egress} of io.statefun, the single-document
//           layout 3.0; durations as Flink's TimeUtils reads them.
#pragma once

#include "protocol/address.h"
#include "protocol/diagnostic.h"
#include "protocol/kafka_spec.h"
#include "protocol/limits.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg {

// "ns/name" or "ns/*".
struct FunctionPattern {
    std::string ns;
    std::optional<std::string> name;  // Absent: every function of the namespace.

    [[nodiscard]] std::string text() const { return ns + "/" + name.value_or("*"); }

    bool operator==(const FunctionPattern&) const = default;
};

enum class TransportKind : std::uint8_t { async, okhttp };

// Paths of PEM files, relative to the working directory. The password is the whole content of its
// file.
struct TlsFiles {
    std::optional<std::string> trust_cacerts;
    std::optional<std::string> client_cert;
    std::optional<std::string> client_key;
    std::optional<std::string> client_key_password;

    bool operator==(const TlsFiles&) const = default;
};

// What is wrong with the content of TLS files, at the key that names the file.
struct TlsRemark {
    Severity severity = Severity::error;
    std::string key;
    std::string message;
};

// Calls to one endpoint at a time: so many, or as many as turn out to be good.
struct Concurrency {
    std::uint32_t fixed = 0;  // 0: adaptive.

    [[nodiscard]] bool is_adaptive() const { return fixed == 0; }

    bool operator==(const Concurrency&) const = default;
};

// "adaptive", or a number from 1 to kCallsPerEndpointMax; nothing if it is neither.
[[nodiscard]] std::optional<Concurrency> parse_concurrency(std::string_view text);
// Those two, as a phrase.
[[nodiscard]] std::string concurrency_accepted();

// What becomes of a message that its function can't process.
enum class OnPoison : std::uint8_t { park, dead_letter };

// Whether a call may go out before what it rests on is on disk.
enum class Dispatch : std::uint8_t { at_once, after_commit };

[[nodiscard]] std::optional<OnPoison> parse_on_poison(std::string_view text);
[[nodiscard]] std::optional<Dispatch> parse_dispatch(std::string_view text);
inline constexpr std::string_view kOnPoisonAccepted = "park or deadLetter";
inline constexpr std::string_view kDispatchAccepted = "at-once or after-commit";

// What is done about calls that fail (design D6).
struct FailurePolicy {
    static constexpr std::uint32_t kAttemptsMax = 1000;
    static constexpr std::chrono::hours kBackoffMax{1};

    // Refusals by the function before a batch is searched for the message that can't be processed.
    std::uint32_t attempts = 4;
    // The pause after a failed call doubles from the first to the last.
    std::chrono::milliseconds backoff_first{100};
    std::chrono::milliseconds backoff_max{10'000};
    OnPoison on_poison = OnPoison::park;
    Dispatch dispatch = Dispatch::at_once;

    bool operator==(const FailurePolicy&) const = default;
};

// The parts of a policy that an endpoint has of its own.
struct FailureSettings {
    std::optional<std::uint32_t> attempts;
    std::optional<std::chrono::milliseconds> backoff_first;
    std::optional<std::chrono::milliseconds> backoff_max;
    std::optional<OnPoison> on_poison;
    std::optional<Dispatch> dispatch;

    [[nodiscard]] FailurePolicy over(const FailurePolicy& otherwise) const;

    bool operator==(const FailureSettings&) const = default;
};

// One endpoint: where a set of function types is served, and how it is called.
struct EndpointSpec {
    FunctionPattern functions;
    std::string url_template;  // Each literal {function.name} stands for the function's name.
    // The most messages of one batch; 0: no limit of this kind.
    std::uint32_t batch_messages_max = kBatchMessagesMax;
    TransportKind transport = TransportKind::async;
    std::chrono::milliseconds call_timeout{120'000};
    std::chrono::milliseconds connect_timeout{20'000};
    std::chrono::milliseconds pool_ttl{15'000};  // 0: a connection may grow old.
    std::uint32_t pool_size = 1024;
    std::size_t payload_bytes_max = kBodyBytesMax;
    std::optional<Concurrency> concurrency;  // Absent: as gateway.yaml says.
    FailureSettings failure;
    TlsFiles tls;
    SourceLocation where;
    // False: a module that was replaced had it. It keeps its index, and serves nobody.
    bool is_bound = true;

    // The URL for one function.
    [[nodiscard]] std::string url_for(std::string_view function_name) const;

    bool operator==(const EndpointSpec&) const = default;
};

struct PlaygroundIngressSpec {
    std::uint16_t port = 0;
    SourceLocation where;

    bool operator==(const PlaygroundIngressSpec&) const = default;
};

struct PlaygroundEgressSpec {
    std::uint16_t port = 0;
    std::vector<std::string> topics;
    SourceLocation where;

    bool operator==(const PlaygroundEgressSpec&) const = default;
};

// An ingress or egress of Kinesis: checked, but not served by this version. Nothing is read from
// the one, and records to the other wait like those to an egress that is not declared.
struct KinesisSpec {
    enum class Role : std::uint8_t { ingress, egress };

    TypeName id;
    Role role = Role::ingress;
    SourceLocation where;

    bool operator==(const KinesisSpec&) const = default;
};

// The fixed id of the playground egress.
inline constexpr std::string_view kPlaygroundEgress = "io.statefun.playground/egress";
// Reserved for callers of POST /v1/call; refused in module.yaml and as a target from outside.
inline constexpr std::string_view kGatewayNamespace = "io.statefun.gateway";
inline constexpr std::string_view kCallTypeName = "call";

struct ModuleSpec {
    std::vector<EndpointSpec> endpoints;
    std::optional<PlaygroundIngressSpec> playground_ingress;
    std::optional<PlaygroundEgressSpec> playground_egress;
    std::vector<KafkaIngressSpec> kafka_ingresses;
    std::vector<KafkaEgressSpec> kafka_egresses;
    std::vector<KinesisSpec> kinesis;

    // The index in `endpoints` of the one that serves the type: an exact binding beats a namespace,
    // a namespace matches exactly. Nothing if unbound.
    [[nodiscard]] std::optional<std::size_t> endpoint_of(const TypeName& function) const;
};

struct ModuleText {
    std::string file;  // For messages; TLS locations are relative to the working directory.
    std::string text;
};

struct LoadedModules {
    ModuleSpec spec;  // What was understood, also where `diagnostics` has errors.
    std::vector<Diagnostic> diagnostics;

    [[nodiscard]] bool ok() const;
};

// What more than this many reports have in common is told by the first of them.
inline constexpr std::size_t kDiagnosticsMax = 200;

// Time-outs and ages of connections past a year are mistakes, and would overflow a clock's ticks.
inline constexpr std::chrono::hours kEndpointDurationMax{365 * 24};

struct LoadOptions {
    // Whether a file that a module names is there and may be read. Absent: nobody asks.
    std::function<bool(const std::string& path)> is_readable = {};
    // A variable of the environment, for placeholders. Absent: ${NAME} is text like any other.
    std::function<std::optional<std::string>(const std::string& name)> environment = {};
    // What is wrong with TLS files that are there. Absent: nobody asks.
    std::function<std::vector<TlsRemark>(const TlsFiles& files)> check_tls = {};
    // Why no client of Kafka can be made with these settings; nothing: it can. Absent: nobody asks.
    std::function<std::optional<std::string>(const KafkaIngressSpec& spec)> check_ingress = {};
    std::function<std::optional<std::string>(const KafkaEgressSpec& spec)> check_egress = {};
};

// Diagnostics are sorted by file (in the order given), line and column.
[[nodiscard]] LoadedModules
load_modules(const std::vector<ModuleText>& modules, const LoadOptions& options = {});

// A duration as Flink reads it: digits, optional blanks, a unit (ms where absent). Nothing if it is
// not one or does not fit.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// The nearest of `known` by edit distance (at most 2), for "did you mean"; empty if none is near.
[[nodiscard]] std::string_view
nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace sfg
