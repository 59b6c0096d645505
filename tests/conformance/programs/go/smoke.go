package main

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/apache/flink-statefun/statefun-sdk-go/v3/pkg/statefun"
	"google.golang.org/protobuf/proto"

	"conformance/smoke"
)

// The command interpreter of the smoke test on the official Go SDK.
const interpreterName = "statefun.smoke.e2e/command-interpreter-fn"

var (
	interpreter      = statefun.TypeNameFrom(interpreterName)
	interpreterState = statefun.ValueSpec{Name: "state", ValueType: statefun.Int64Type}
	sourceCommand    = smokeType("source-command")
	commandsType     = smokeType("commands")
)

func smokeType(name string) statefun.SimpleType {
	return statefun.MakeProtobufTypeWithTypeName(statefun.TypeNameFrom("statefun.smoke.e2e/" + name))
}

func interpret(ctx statefun.Context, message statefun.Message) error {
	var commands smoke.Commands
	if message.Is(sourceCommand) {
		var source smoke.SourceCommand
		if err := message.As(sourceCommand, &source); err != nil {
			return err
		}
		proto.Merge(&commands, source.GetCommands())
	} else if err := message.As(commandsType, &commands); err != nil {
		return err
	}
	for _, command := range commands.Command {
		if err := interpretOne(ctx, command); err != nil {
			return err
		}
	}
	return nil
}

func interpretOne(ctx statefun.Context, command *smoke.Command) error {
	switch it := command.Command.(type) {
	case *smoke.Command_Increment_:
		ctx.Storage().Set(interpreterState, state(ctx)+1)
	case *smoke.Command_Send_:
		ctx.Send(commandsTo(it.Send.Target, it.Send.Commands))
	case *smoke.Command_SendAfter_:
		delay := time.Duration(it.SendAfter.DelayMs) * time.Millisecond
		message := commandsTo(it.SendAfter.Target, it.SendAfter.Commands)
		if it.SendAfter.CancellationToken == "" {
			ctx.SendAfter(delay, message)
			return nil
		}
		token, err := statefun.NewCancellationToken(it.SendAfter.CancellationToken)
		if err != nil {
			return err
		}
		ctx.SendAfterWithCancellationToken(delay, token, message)
	case *smoke.Command_CancelSendAfter_:
		token, err := statefun.NewCancellationToken(it.CancelSendAfter.CancellationToken)
		if err != nil {
			return err
		}
		ctx.CancelDelayedMessage(token)
	case *smoke.Command_SendEgress_:
		emit(ctx, playground, "discard-sink", "discarded")
	case *smoke.Command_Verify_:
		return verify(ctx, it.Verify.Expected)
	}
	return nil
}

func state(ctx statefun.Context) int64 {
	var value int64
	ctx.Storage().Get(interpreterState, &value)
	return value
}

func commandsTo(target int32, commands *smoke.Commands) statefun.MessageBuilder {
	if commands == nil {
		commands = &smoke.Commands{}
	}
	id := strconv.Itoa(int(target))
	return statefun.MessageBuilder{
		Target:    statefun.Address{FunctionType: interpreter, Id: id},
		Value:     commands,
		ValueType: commandsType,
	}
}

func verify(ctx statefun.Context, expected int64) error {
	id, err := strconv.Atoi(ctx.Self().Id)
	if err != nil {
		return err
	}
	bytes, err := proto.Marshal(&smoke.VerificationResult{
		Id: int32(id), Expected: expected, Actual: state(ctx),
	})
	if err != nil {
		return err
	}
	emit(ctx, playground, "verification-sink", base64.StdEncoding.EncodeToString(bytes))
	return nil
}
