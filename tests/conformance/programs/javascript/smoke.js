// The command interpreter of the smoke test on the official JavaScript SDK.
"use strict";

const path = require("node:path");
const { StateFun, egressMessageBuilder, messageBuilder } = require("apache-flink-statefun");
const protobuf = require("protobufjs");

const NAME = "statefun.smoke.e2e/command-interpreter-fn";
const root = protobuf.loadSync(path.join(__dirname, "../../smoke/commands.proto"));
const EGRESS_RECORD = StateFun.jsonType("io.statefun.playground/EgressRecord");

function message(name) {
    return root.lookupType(`org.apache.flink.statefun.e2e.smoke.${name}`);
}

function protobufType(typename, kind) {
    return StateFun.customType(
        typename,
        (value) => Buffer.from(kind.encode(value).finish()),
        (bytes) => kind.decode(bytes));
}

const SOURCE_COMMAND = protobufType("statefun.smoke.e2e/source-command", message("SourceCommand"));
const COMMANDS = protobufType("statefun.smoke.e2e/commands", message("Commands"));
const VerificationResult = message("VerificationResult");

function commandsTo(send) {
    const value = send.commands || { command: [] };
    return messageBuilder({ typename: NAME, id: String(send.target), value, valueType: COMMANDS });
}

function emit(context, topic, payload) {
    context.send(egressMessageBuilder({
        typename: "io.statefun.playground/egress", value: { topic, payload },
        valueType: EGRESS_RECORD,
    }));
}

const INTERPRET = {
    increment(context) {
        context.storage.state = (context.storage.state || 0) + 1;
    },
    send(context, { send }) {
        context.send(commandsTo(send));
    },
    sendAfter(context, { sendAfter }) {
        const token = sendAfter.cancellationToken || undefined;
        context.sendAfter(Number(sendAfter.delayMs), commandsTo(sendAfter), token);
    },
    cancelSendAfter(context, { cancelSendAfter }) {
        context.cancelDelayedMessage(cancelSendAfter.cancellationToken);
    },
    sendEgress(context) {
        emit(context, "discard-sink", "discarded");
    },
    asyncOperation() {},
    verify(context, { verify }) {
        const result = {
            id: Number(context.self.id),
            expected: verify.expected,
            actual: context.storage.state || 0,
        };
        const bytes = Buffer.from(VerificationResult.encode(result).finish());
        emit(context, "verification-sink", bytes.toString("base64"));
    },
};

function interpret(context, received) {
    const commands = received.is(SOURCE_COMMAND)
        ? received.as(SOURCE_COMMAND).commands
        : received.as(COMMANDS);
    for (const command of commands.command) {
        INTERPRET[command.command](context, command);
    }
}

exports.bind = (statefun) => statefun.bind({
    typename: NAME,
    specs: [{ name: "state", type: StateFun.intType() }],
    fn: interpret,
});
