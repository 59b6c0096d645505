package conformance;

import static org.apache.flink.statefun.sdk.java.ValueSpec.named;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.statefun.sdk.java.AddressScopedStorage;
import org.apache.flink.statefun.sdk.java.ValueSpec;

/** A declared state, with how the orders and reports write its value. */
record State<T>(
    ValueSpec<T> spec, Function<JsonNode, T> parse, Function<T, Object> show) {

  static State<Integer> ofInt(ValueSpec<Integer> spec) {
    return new State<>(spec, JsonNode::asInt, value -> value);
  }

  static List<State<?>> ofProbe(String[] extra) {
    List<State<?>> states = new ArrayList<>();
    states.add(ofInt(named("count").withIntType()));
    states.add(new State<>(named("a_bool").withBooleanType(), JsonNode::asBoolean, v -> v));
    states.add(ofInt(named("an_int").withIntType()));
    states.add(
        new State<>(
            named("a_long").withLongType(), json -> Long.valueOf(json.asText()), String::valueOf));
    states.add(new State<>(named("a_float").withFloatType(), JsonNode::floatValue, v -> v));
    states.add(new State<>(named("a_double").withDoubleType(), JsonNode::doubleValue, v -> v));
    states.add(new State<>(named("a_string").withUtf8StringType(), JsonNode::asText, v -> v));
    states.add(new State<>(named("a_json").withCustomType(Types.JSON), json -> json, v -> v));
    states.add(
        new State<>(
            named("a_point").withCustomType(Types.POINT),
            json -> Types.Point.of(json.asText()),
            Types.Point::text));
    // A newer version of the program declares one more.
    for (String name : extra) {
      states.add(ofInt(named(name).withIntType()));
    }
    return states;
  }

  static List<State<?>> ofFleeting(Duration ttl) {
    return List.of(
        ofInt(named("kept").withIntType()),
        ofInt(named("written").thatExpireAfterWrite(ttl).withIntType()),
        ofInt(named("called").thatExpiresAfterCall(ttl).withIntType()));
  }

  void set(AddressScopedStorage storage, JsonNode value) {
    storage.set(spec, parse.apply(value));
  }

  /** Null if it has no value. */
  Object shown(AddressScopedStorage storage) {
    return storage.get(spec).map(show).orElse(null);
  }
}
