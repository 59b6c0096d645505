package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.statefun.sdk.java.Address;
import org.apache.flink.statefun.sdk.java.Context;
import org.apache.flink.statefun.sdk.java.StatefulFunction;
import org.apache.flink.statefun.sdk.java.TypeName;
import org.apache.flink.statefun.sdk.java.io.KafkaEgressMessage;
import org.apache.flink.statefun.sdk.java.message.EgressMessageBuilder;
import org.apache.flink.statefun.sdk.java.message.Message;
import org.apache.flink.statefun.sdk.java.message.MessageBuilder;

/** Carries out one order, for one of the functions that do so. */
final class Turn {
  static final String PLAYGROUND = "io.statefun.playground/egress";
  private static final Map<String, Integer> FAILURES = new ConcurrentHashMap<>();

  private final Context context;
  private final List<State<?>> states;
  private final JsonNode order;
  private final JsonNode caller; // [typename, id], or null.
  private final JsonNode replyTo;

  static StatefulFunction function(List<State<?>> states) {
    return (context, message) -> {
      new Turn(context, message, states).run();
      return CompletableFuture.completedFuture(null);
    };
  }

  private Turn(Context context, Message message, List<State<?>> states) {
    this.context = context;
    this.states = states;
    order = message.as(Types.ORDER);
    caller = context.caller().<JsonNode>map(Turn::shown).orElse(null);
    replyTo = order.hasNonNull("reply_to") ? order.get("reply_to") : caller;
  }

  private static ArrayNode shown(Address address) {
    return Types.MAPPER.createArrayNode().add(address.type().asTypeNameString()).add(address.id());
  }

  private void run() throws Exception {
    for (JsonNode step : order.get("steps")) {
      carryOut(step);
    }
  }

  private void carryOut(JsonNode step) throws Exception {
    switch (step.get("do").asText()) {
      case "set" -> state(step).set(context.storage(), step.get("value"));
      case "delete" -> context.storage().remove(state(step).spec());
      case "count" -> count(state(step));
      case "send" -> context.send(forwarded(step));
      case "after" -> after(step);
      case "cancel" -> context.cancelDelayedMessage(text(step, "token"));
      case "emit" -> {
        String egress = step.has("egress") ? text(step, "egress") : PLAYGROUND;
        emit(context, egress, text(step, "topic"), text(step, "payload"));
      }
      case "kafka" -> kafka(step);
      case "report" -> report(step);
      case "fail" -> fail(text(step, "key"), step.get("times").asInt());
      default -> throw new IllegalArgumentException("no step " + step);
    }
  }

  private static String text(JsonNode step, String name) {
    return step.get(name).asText();
  }

  private State<?> state(JsonNode step) {
    String name = text(step, "state");
    return states.stream().filter(s -> s.spec().name().equals(name)).findFirst().orElseThrow();
  }

  @SuppressWarnings("unchecked")
  private void count(State<?> state) {
    State<Integer> counter = (State<Integer>) state;
    int count = context.storage().get(counter.spec()).orElse(0);
    context.storage().set(counter.spec(), count + 1);
  }

  private ArrayNode trail() {
    ArrayNode trail = Types.MAPPER.createArrayNode();
    order.path("trail").forEach(trail::add);
    return trail;
  }

  private Message forwarded(JsonNode step) {
    ObjectNode next = step.get("order").deepCopy();
    next.set("reply_to", replyTo);
    next.set("trail", trail().add(context.self().type().asTypeNameString()));
    JsonNode to = step.get("to");
    return MessageBuilder.forAddress(TypeName.typeNameFromString(to.get(0).asText()), to.get(1).asText())
        .withCustomType(Types.ORDER, next)
        .build();
  }

  private void after(JsonNode step) {
    Duration delay = Duration.ofMillis(step.get("delay_ms").asLong());
    if (step.has("token")) {
      context.sendAfter(delay, text(step, "token"), forwarded(step));
    } else {
      context.sendAfter(delay, forwarded(step));
    }
  }

  private void kafka(JsonNode step) {
    String egress = text(step, "egress");
    emitToKafka(context, egress, text(step, "topic"), text(step, "key"), text(step, "value"));
  }

  private void report(JsonNode step) throws Exception {
    ObjectNode values = Types.MAPPER.createObjectNode();
    for (State<?> state : states) {
      values.putPOJO(state.spec().name(), state.shown(context.storage()));
    }
    ObjectNode report = Types.MAPPER.createObjectNode();
    report.set("me", shown(context.self()));
    report.set("caller", caller);
    report.set("trail", trail());
    report.set("states", values);
    if (step.has("topic")) {
      emit(context, PLAYGROUND, text(step, "topic"), Types.MAPPER.writeValueAsString(report));
    } else if (replyTo != null) {
      TypeName type = TypeName.typeNameFromString(replyTo.get(0).asText());
      context.send(
          MessageBuilder.forAddress(type, replyTo.get(1).asText())
              .withCustomType(Types.REPORT, report)
              .build());
    }
  }

  private static void fail(String key, int times) {
    int failures = FAILURES.merge(key, 1, Integer::sum);
    if (times < 0 || failures <= times) {
      throw new IllegalStateException("told to fail: " + key);
    }
  }

  static void emit(Context context, String egress, String topic, String payload) {
    ObjectNode record = Types.MAPPER.createObjectNode().put("topic", topic).put("payload", payload);
    context.send(
        EgressMessageBuilder.forEgress(TypeName.typeNameFromString(egress))
            .withCustomType(Types.EGRESS_RECORD, record)
            .build());
  }

  static void emitToKafka(Context context, String egress, String topic, String key, String value) {
    context.send(
        KafkaEgressMessage.forEgress(TypeName.typeNameFromString(egress))
            .withTopic(topic)
            .withUtf8Key(key)
            .withUtf8Value(value)
            .build());
  }
}
