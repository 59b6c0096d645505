// The conformance functions on the official JavaScript SDK; programs/README.md says what they do.
"use strict";

const http = require("node:http");
const { StateFun, egressMessageBuilder, kafkaEgressMessage, messageBuilder } =
    require("apache-flink-statefun");
const smoke = require("./smoke");

const ORDER = StateFun.jsonType("conformance/Order");
const REPORT = StateFun.jsonType("conformance/Report");
const GREET_REQUEST = StateFun.jsonType("conformance/GreetRequest");
const EGRESS_RECORD = StateFun.jsonType("io.statefun.playground/EgressRecord");
const JSON_TYPE = StateFun.jsonType("conformance/Json");
const PLAYGROUND = "io.statefun.playground/egress";
// Of Kafka, for the greeter; without it greetings go to the playground.
const GREETINGS = process.env.GREETINGS_EGRESS;

const POINT = StateFun.customType(
    "conformance/Point",
    ([x, y]) => Buffer.from(`${x},${y}`),
    (bytes) => bytes.toString().split(",").map(Number));

// This SDK has no long and no double: they are types of ours, with the bytes of StateFun's wrappers.
// Field 1, eight bytes, left out if it is zero.
function eightBytes(write) {
    const bytes = Buffer.alloc(9);
    bytes[0] = 0x09;
    write(bytes);
    return bytes.subarray(1).every((byte) => byte === 0) ? Buffer.alloc(0) : bytes;
}
const LONG = StateFun.customType(
    "io.statefun.types/long",
    (text) => eightBytes((bytes) => bytes.writeBigInt64LE(BigInt(text), 1)),
    (bytes) => String(bytes.length === 0 ? 0n : bytes.readBigInt64LE(1)));
const DOUBLE = StateFun.customType(
    "io.statefun.types/double",
    (value) => eightBytes((bytes) => bytes.writeDoubleLE(value, 1)),
    (bytes) => (bytes.length === 0 ? 0 : bytes.readDoubleLE(1)));

const INT = StateFun.intType();
const KNOWN_TYPES = [
    StateFun.booleanType(), INT, LONG, StateFun.floatType(), DOUBLE, StateFun.stringType(),
    JSON_TYPE, POINT,
];

const PROBE_STATES = [
    { name: "count", type: INT },
    { name: "a_bool", type: StateFun.booleanType() },
    { name: "an_int", type: INT },
    { name: "a_long", type: LONG },
    { name: "a_float", type: StateFun.floatType() },
    { name: "a_double", type: DOUBLE },
    { name: "a_string", type: StateFun.stringType() },
    { name: "a_json", type: JSON_TYPE },
    { name: "a_point", type: POINT },
];
// A newer version of the program declares one more.
for (const name of (process.env.EXTRA_STATE || "").split(" ").filter(Boolean)) {
    PROBE_STATES.push({ name, type: INT });
}
const TTL_MS = Number(process.env.TTL_MS || 1000);
const FLEETING_STATES = [
    { name: "kept", type: INT },
    { name: "written", type: INT, expireAfterWrite: TTL_MS },
    { name: "called", type: INT, expireAfterCall: TTL_MS },
];

const failures = new Map();

function emit(context, topic, payload, egress = PLAYGROUND) {
    context.send(egressMessageBuilder({
        typename: egress, value: { topic, payload }, valueType: EGRESS_RECORD,
    }));
}

function orderTo([typename, id], value) {
    return messageBuilder({ typename, id, value, valueType: ORDER });
}

// One order, for one of the functions that carry out steps.
class Turn {
    constructor(context, message, specs) {
        this.context = context;
        this.order = message.as(ORDER);
        this.types = new Map(specs.map((spec) => [spec.name, spec.type]));
        this.caller = context.caller ? [context.caller.typename, context.caller.id] : null;
        this.replyTo = this.order.reply_to || this.caller;
    }

    run() {
        for (const step of this.order.steps) {
            this[`do_${step.do}`](step);
        }
    }

    do_set({ state, value }) {
        const point = this.types.get(state) === POINT;
        this.context.storage[state] = point ? value.split(",").map(Number) : value;
    }

    do_delete({ state }) {
        this.context.storage[state] = null;
    }

    do_count({ state }) {
        this.context.storage[state] = (this.context.storage[state] || 0) + 1;
    }

    forwarded(step) {
        const trail = [...(this.order.trail || []), this.context.self.typename];
        return { ...step.order, reply_to: this.replyTo, trail };
    }

    do_send(step) {
        this.context.send(orderTo(step.to, this.forwarded(step)));
    }

    do_after(step) {
        const message = orderTo(step.to, this.forwarded(step));
        this.context.sendAfter(step.delay_ms, message, step.token);
    }

    do_cancel({ token }) {
        this.context.cancelDelayedMessage(token);
    }

    do_emit({ topic, payload, egress }) {
        emit(this.context, topic, payload, egress);
    }

    do_kafka({ egress, topic, key, value }) {
        this.context.send(kafkaEgressMessage({ typename: egress, topic, key, value }));
    }

    do_report({ topic }) {
        const states = {};
        for (const [name, type] of this.types) {
            const value = this.context.storage[name];
            states[name] = value !== null && type === POINT ? value.join(",") : value;
        }
        const { typename, id } = this.context.self;
        const trail = this.order.trail || [];
        const report = { me: [typename, id], caller: this.caller, trail, states };
        if (topic !== undefined) {
            emit(this.context, topic, JSON.stringify(report));
        } else if (this.replyTo) {
            const [to, toId] = this.replyTo;
            this.context.send(messageBuilder({
                typename: to, id: toId, value: report, valueType: REPORT,
            }));
        }
    }

    do_fail({ key, times }) {
        failures.set(key, (failures.get(key) || 0) + 1);
        if (times < 0 || failures.get(key) <= times) {
            throw new Error(`told to fail: ${key}`);
        }
    }
}

const statefun = new StateFun();

for (const [name, specs] of [
    ["probe", PROBE_STATES], ["fleeting", FLEETING_STATES], ["plain", []],
]) {
    statefun.bind({
        typename: `javascript/${name}`,
        specs,
        fn: (context, message) => new Turn(context, message, specs).run(),
    });
}

statefun.bind({
    typename: "javascript/mirror",
    fn(context, message) {
        const { typename, id } = context.caller;
        const bytes = (value) => value;
        const type = KNOWN_TYPES.find((known) => message.is(known)) ||
            StateFun.customType(message.valueTypeName, bytes, bytes);
        const value = message.as(type);
        context.send(messageBuilder({ typename, id, value, valueType: type }));
    },
});

statefun.bind({
    typename: "javascript/person",
    specs: [{ name: "visits", type: INT }],
    async fn(context, message) {
        context.storage.visits += 1;
        const request = { ...message.as(GREET_REQUEST), visits: context.storage.visits };
        context.send(messageBuilder({
            typename: "javascript/greeter", id: request.name, value: request,
            valueType: GREET_REQUEST,
        }));
    },
});

statefun.bind({
    typename: "javascript/greeter",
    async fn(context, message) {
        const { name, visits } = message.as(GREET_REQUEST);
        const text = visits === 1 ? `Welcome, ${name}!` : `Visit number ${visits}, ${name}.`;
        if (GREETINGS) {
            context.send(kafkaEgressMessage({
                typename: GREETINGS, topic: "greetings", key: name, value: text,
            }));
        } else {
            emit(context, "greetings", text);
        }
    },
});

smoke.bind(statefun);

const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
http.createServer(statefun.handler()).listen(port, "127.0.0.1");
