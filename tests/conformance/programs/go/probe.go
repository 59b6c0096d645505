package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/apache/flink-statefun/statefun-sdk-go/v3/pkg/statefun"
)

type object = map[string]interface{}

const playground = "io.statefun.playground/egress"

var (
	orderType    = statefun.MakeJsonType(statefun.TypeNameFrom("conformance/Order"))
	reportType   = statefun.MakeJsonType(statefun.TypeNameFrom("conformance/Report"))
	jsonType     = statefun.MakeJsonType(statefun.TypeNameFrom("conformance/Json"))
	egressRecord = statefun.MakeJsonType(statefun.TypeNameFrom("io.statefun.playground/EgressRecord"))
)

// A type of the application's own: "x,y".
type point struct {
	x, y int
}

type pointTypeOf struct{}

var pointType statefun.SimpleType = pointTypeOf{}

func (pointTypeOf) GetTypeName() statefun.TypeName {
	return statefun.TypeNameFrom("conformance/Point")
}

func (pointTypeOf) Serialize(writer io.Writer, data interface{}) error {
	value := data.(point)
	_, err := fmt.Fprintf(writer, "%d,%d", value.x, value.y)
	return err
}

func (pointTypeOf) Deserialize(reader io.Reader, receiver interface{}) error {
	value := receiver.(*point)
	_, err := fmt.Fscanf(reader, "%d,%d", &value.x, &value.y)
	return err
}

var allTypes = []statefun.ValueSpec{
	{Name: "count", ValueType: statefun.Int32Type},
	{Name: "a_bool", ValueType: statefun.BoolType},
	{Name: "an_int", ValueType: statefun.Int32Type},
	{Name: "a_long", ValueType: statefun.Int64Type},
	{Name: "a_float", ValueType: statefun.Float32Type},
	{Name: "a_double", ValueType: statefun.Float64Type},
	{Name: "a_string", ValueType: statefun.StringType},
	{Name: "a_json", ValueType: jsonType},
	{Name: "a_point", ValueType: pointType},
}

// The value of a state as the report shows it.
func shown(storage statefun.AddressScopedStorage, spec statefun.ValueSpec) interface{} {
	switch spec.ValueType {
	case statefun.BoolType:
		var value bool
		if storage.Get(spec, &value) {
			return value
		}
	case statefun.Int32Type:
		var value int32
		if storage.Get(spec, &value) {
			return value
		}
	case statefun.Int64Type:
		var value int64
		if storage.Get(spec, &value) {
			return strconv.FormatInt(value, 10)
		}
	case statefun.Float32Type:
		var value float32
		if storage.Get(spec, &value) {
			return value
		}
	case statefun.Float64Type:
		var value float64
		if storage.Get(spec, &value) {
			return value
		}
	case statefun.StringType:
		var value string
		if storage.Get(spec, &value) {
			return value
		}
	case pointType:
		var value point
		if storage.Get(spec, &value) {
			return fmt.Sprintf("%d,%d", value.x, value.y)
		}
	default:
		var value interface{}
		if storage.Get(spec, &value) {
			return value
		}
	}
	return nil
}

// The value of a state from what the order says.
func parsed(kind statefun.SimpleType, value interface{}) interface{} {
	switch kind {
	case statefun.Int32Type:
		return int32(value.(float64))
	case statefun.Int64Type:
		number, err := strconv.ParseInt(value.(string), 10, 64)
		if err != nil {
			panic(err)
		}
		return number
	case statefun.Float32Type:
		return float32(value.(float64))
	case pointType:
		var read point
		if _, err := fmt.Sscanf(value.(string), "%d,%d", &read.x, &read.y); err != nil {
			panic(err)
		}
		return read
	default:
		return value
	}
}

func emit(ctx statefun.Context, egress, topic, payload string) {
	ctx.SendEgress(&statefun.GenericEgressBuilder{
		Target:    statefun.TypeNameFrom(egress),
		Value:     object{"topic": topic, "payload": payload},
		ValueType: egressRecord,
	})
}

func emitToKafka(ctx statefun.Context, egress, topic, key, value string) {
	ctx.SendEgress(&statefun.KafkaEgressBuilder{
		Target: statefun.TypeNameFrom(egress), Topic: topic, Key: key, Value: value,
	})
}

var (
	failuresMutex sync.Mutex
	failures      = map[string]int{}
)

// One order, for one of the functions that carry out steps.
type turn struct {
	ctx     statefun.Context
	order   object
	specs   []statefun.ValueSpec
	caller  interface{} // [typename, id], or nil.
	replyTo interface{}
}

func carryOut(specs []statefun.ValueSpec) func(statefun.Context, statefun.Message) error {
	return func(ctx statefun.Context, message statefun.Message) error {
		t := turn{ctx: ctx, specs: specs}
		if err := message.As(orderType, &t.order); err != nil {
			return err
		}
		if caller := ctx.Caller(); caller != nil {
			t.caller = []interface{}{caller.FunctionType.String(), caller.Id}
		}
		if t.replyTo = t.order["reply_to"]; t.replyTo == nil {
			t.replyTo = t.caller
		}
		for _, step := range t.order["steps"].([]interface{}) {
			if err := t.do(step.(object)); err != nil {
				return err
			}
		}
		return nil
	}
}

func (t *turn) spec(step object) statefun.ValueSpec {
	for _, spec := range t.specs {
		if spec.Name == step["state"] {
			return spec
		}
	}
	panic(fmt.Errorf("no state %v", step["state"]))
}

func address(to interface{}) statefun.Address {
	parts := to.([]interface{})
	return statefun.Address{
		FunctionType: statefun.TypeNameFrom(parts[0].(string)), Id: parts[1].(string),
	}
}

func (t *turn) trail() []interface{} {
	trail, _ := t.order["trail"].([]interface{})
	return append([]interface{}{}, trail...)
}

func (t *turn) forwarded(step object) statefun.MessageBuilder {
	order := step["order"].(object)
	order["reply_to"] = t.replyTo
	order["trail"] = append(t.trail(), t.ctx.Self().FunctionType.String())
	return statefun.MessageBuilder{Target: address(step["to"]), Value: order, ValueType: orderType}
}

func text(step object, name, otherwise string) string {
	if value, ok := step[name].(string); ok {
		return value
	}
	return otherwise
}

func (t *turn) do(step object) error {
	storage := t.ctx.Storage()
	switch step["do"] {
	case "set":
		spec := t.spec(step)
		storage.Set(spec, parsed(spec.ValueType, step["value"]))
	case "delete":
		storage.Remove(t.spec(step))
	case "count":
		var count int32
		storage.Get(t.spec(step), &count)
		storage.Set(t.spec(step), count+1)
	case "send":
		t.ctx.Send(t.forwarded(step))
	case "after":
		return t.after(step)
	case "cancel":
		token, err := statefun.NewCancellationToken(text(step, "token", ""))
		if err != nil {
			return err
		}
		t.ctx.CancelDelayedMessage(token)
	case "emit":
		emit(t.ctx, text(step, "egress", playground), text(step, "topic", ""), text(step, "payload", ""))
	case "kafka":
		emitToKafka(t.ctx, text(step, "egress", ""), text(step, "topic", ""), text(step, "key", ""),
			text(step, "value", ""))
	case "report":
		return t.report(step)
	case "fail":
		return fail(text(step, "key", ""), int(step["times"].(float64)))
	default:
		return fmt.Errorf("no step %v", step["do"])
	}
	return nil
}

func (t *turn) after(step object) error {
	delay := time.Duration(step["delay_ms"].(float64)) * time.Millisecond
	if text(step, "token", "") == "" {
		t.ctx.SendAfter(delay, t.forwarded(step))
		return nil
	}
	token, err := statefun.NewCancellationToken(text(step, "token", ""))
	if err != nil {
		return err
	}
	t.ctx.SendAfterWithCancellationToken(delay, token, t.forwarded(step))
	return nil
}

func (t *turn) report(step object) error {
	states := object{}
	for _, spec := range t.specs {
		states[spec.Name] = shown(t.ctx.Storage(), spec)
	}
	self := t.ctx.Self()
	report := object{
		"me":     []string{self.FunctionType.String(), self.Id},
		"caller": t.caller,
		"trail":  t.trail(),
		"states": states,
	}
	if topic := text(step, "topic", ""); topic != "" {
		payload, err := json.Marshal(report)
		if err != nil {
			return err
		}
		emit(t.ctx, playground, topic, string(payload))
	} else if t.replyTo != nil {
		t.ctx.Send(statefun.MessageBuilder{
			Target: address(t.replyTo), Value: report, ValueType: reportType,
		})
	}
	return nil
}

func fail(key string, times int) error {
	failuresMutex.Lock()
	defer failuresMutex.Unlock()
	failures[key]++
	if times < 0 || failures[key] <= times {
		return fmt.Errorf("told to fail: %s", key)
	}
	return nil
}
