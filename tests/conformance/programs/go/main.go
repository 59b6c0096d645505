// The conformance functions on the official Go SDK; programs/README.md says what they do.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/apache/flink-statefun/statefun-sdk-go/v3/pkg/statefun"
)

var (
	greetRequest = statefun.MakeJsonType(statefun.TypeNameFrom("conformance/GreetRequest"))
	visits       = statefun.ValueSpec{Name: "visits", ValueType: statefun.Int32Type}
	greeter      = statefun.TypeNameFrom("go/greeter")
)

type greeting struct {
	Name   string `json:"name"`
	Visits int32  `json:"visits"`
}

func person(ctx statefun.Context, message statefun.Message) error {
	var request greeting
	if err := message.As(greetRequest, &request); err != nil {
		return err
	}
	var count int32
	ctx.Storage().Get(visits, &count)
	count++
	ctx.Storage().Set(visits, count)
	request.Visits = count
	ctx.Send(statefun.MessageBuilder{
		Target:    statefun.Address{FunctionType: greeter, Id: request.Name},
		Value:     request,
		ValueType: greetRequest,
	})
	return nil
}

func greet(ctx statefun.Context, message statefun.Message) error {
	var request greeting
	if err := message.As(greetRequest, &request); err != nil {
		return err
	}
	text := fmt.Sprintf("Visit number %d, %s.", request.Visits, request.Name)
	if request.Visits == 1 {
		text = fmt.Sprintf("Welcome, %s!", request.Name)
	}
	if egress := os.Getenv("GREETINGS_EGRESS"); egress != "" {
		emitToKafka(ctx, egress, "greetings", request.Name, text)
	} else {
		emit(ctx, playground, "greetings", text)
	}
	return nil
}

// Sends back what it was given, read and written by the SDK's types.
func mirror(ctx statefun.Context, message statefun.Message) error {
	reply := statefun.MessageBuilder{Target: *ctx.Caller()}
	switch {
	case message.IsBool():
		reply.Value = message.AsBool()
	case message.IsInt32():
		reply.Value = message.AsInt32()
	case message.IsInt64():
		reply.Value = message.AsInt64()
	case message.IsFloat32():
		reply.Value = message.AsFloat32()
	case message.IsFloat64():
		reply.Value = message.AsFloat64()
	case message.IsString():
		reply.Value = message.AsString()
	case message.Is(jsonType):
		var value interface{}
		if err := message.As(jsonType, &value); err != nil {
			return err
		}
		reply.Value, reply.ValueType = value, jsonType
	case message.Is(pointType):
		var value point
		if err := message.As(pointType, &value); err != nil {
			return err
		}
		reply.Value, reply.ValueType = value, pointType
	default:
		reply.Value = message.RawValue()
		reply.ValueType = rawType{message.ValueTypeName()}
	}
	ctx.Send(reply)
	return nil
}

// The bytes themselves, of any type.
type rawType struct {
	name statefun.TypeName
}

func (r rawType) GetTypeName() statefun.TypeName { return r.name }

func (r rawType) Serialize(writer io.Writer, data interface{}) error {
	_, err := writer.Write(data.([]byte))
	return err
}

func (r rawType) Deserialize(reader io.Reader, receiver interface{}) error {
	bytes, err := io.ReadAll(reader)
	*receiver.(*[]byte) = bytes
	return err
}

func ttl() time.Duration {
	millis, err := strconv.Atoi(os.Getenv("TTL_MS"))
	if err != nil {
		millis = 1000
	}
	return time.Duration(millis) * time.Millisecond
}

func bind(functions statefun.StatefulFunctions, name string, states []statefun.ValueSpec,
	function func(statefun.Context, statefun.Message) error) {
	err := functions.WithSpec(statefun.StatefulFunctionSpec{
		FunctionType: statefun.TypeNameFrom(name),
		States:       states,
		Function:     statefun.StatefulFunctionPointer(function),
	})
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	port := flag.Int("port", 0, "where to listen")
	flag.Parse()

	probeStates := append([]statefun.ValueSpec{}, allTypes...)
	// A newer version of the program declares one more.
	for _, name := range strings.Fields(os.Getenv("EXTRA_STATE")) {
		probeStates = append(probeStates, statefun.ValueSpec{Name: name, ValueType: statefun.Int32Type})
	}
	fleetingStates := []statefun.ValueSpec{
		{Name: "kept", ValueType: statefun.Int32Type},
		{Name: "written", ValueType: statefun.Int32Type, Expiration: statefun.ExpireAfterWrite(ttl())},
		{Name: "called", ValueType: statefun.Int32Type, Expiration: statefun.ExpireAfterCall(ttl())},
	}

	functions := statefun.StatefulFunctionsBuilder()
	bind(functions, "go/probe", probeStates, carryOut(probeStates))
	bind(functions, "go/fleeting", fleetingStates, carryOut(fleetingStates))
	bind(functions, "go/plain", nil, carryOut(nil))
	bind(functions, "go/mirror", nil, mirror)
	bind(functions, "go/person", []statefun.ValueSpec{visits}, person)
	bind(functions, "go/greeter", nil, greet)
	bind(functions, interpreterName, []statefun.ValueSpec{interpreterState}, interpret)

	http.Handle("/", functions.AsHandler())
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), nil))
}
