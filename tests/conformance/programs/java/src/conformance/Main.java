package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.statefun.sdk.java.Address;
import org.apache.flink.statefun.sdk.java.Context;
import org.apache.flink.statefun.sdk.java.StatefulFunction;
import org.apache.flink.statefun.sdk.java.StatefulFunctionSpec;
import org.apache.flink.statefun.sdk.java.StatefulFunctions;
import org.apache.flink.statefun.sdk.java.TypeName;
import org.apache.flink.statefun.sdk.java.ValueSpec;
import org.apache.flink.statefun.sdk.java.message.Message;
import org.apache.flink.statefun.sdk.java.message.MessageBuilder;

/** The conformance functions on the official Java SDK; programs/README.md says what they do. */
public final class Main {
  // Undertow's own limit is 2 MiB; what is larger it answers with 400, or cuts off.
  private static final long BODY_BYTES_MAX = 64 << 20;
  /** Of Kafka, for the greeter; without it greetings go to the playground. */
  private static final String GREETINGS = System.getenv("GREETINGS_EGRESS");

  private static final ValueSpec<Integer> VISITS = ValueSpec.named("visits").withIntType();

  private static CompletableFuture<Void> person(Context context, Message message) {
    int visits = context.storage().get(VISITS).orElse(0) + 1;
    context.storage().set(VISITS, visits);
    ObjectNode request = message.as(Types.GREET_REQUEST).deepCopy();
    request.put("visits", visits);
    context.send(
        MessageBuilder.forAddress(name("greeter"), request.get("name").asText())
            .withCustomType(Types.GREET_REQUEST, request)
            .build());
    return context.done();
  }

  private static CompletableFuture<Void> greeter(Context context, Message message) {
    JsonNode request = message.as(Types.GREET_REQUEST);
    String name = request.get("name").asText();
    int visits = request.get("visits").asInt();
    String text =
        visits == 1 ? "Welcome, " + name + "!" : "Visit number " + visits + ", " + name + ".";
    if (GREETINGS == null) {
      Turn.emit(context, Turn.PLAYGROUND, "greetings", text);
    } else {
      Turn.emitToKafka(context, GREETINGS, "greetings", name, text);
    }
    return context.done();
  }

  /** Sends back what it was given, read and written by the SDK's types. */
  private static CompletableFuture<Void> mirror(Context context, Message message) {
    Address caller = context.caller().orElseThrow();
    MessageBuilder reply = MessageBuilder.forAddress(caller);
    if (message.isBoolean()) {
      reply.withValue(message.asBoolean());
    } else if (message.isInt()) {
      reply.withValue(message.asInt());
    } else if (message.isLong()) {
      reply.withValue(message.asLong());
    } else if (message.isFloat()) {
      reply.withValue(message.asFloat());
    } else if (message.isDouble()) {
      reply.withValue(message.asDouble());
    } else if (message.isUtf8String()) {
      reply.withValue(message.asUtf8String());
    } else if (message.is(Types.JSON)) {
      reply.withCustomType(Types.JSON, message.as(Types.JSON));
    } else if (message.is(Types.POINT)) {
      reply.withCustomType(Types.POINT, message.as(Types.POINT));
    } else {
      var raw = Types.raw(message.valueTypeName());
      reply.withCustomType(raw, message.as(raw));
    }
    context.send(reply.build());
    return context.done();
  }

  private static TypeName name(String name) {
    return TypeName.typeNameOf("java", name);
  }

  private static StatefulFunctionSpec ofSteps(String name, List<State<?>> states) {
    ValueSpec<?>[] specs = states.stream().map(State::spec).toArray(ValueSpec<?>[]::new);
    return StatefulFunctionSpec.builder(name(name))
        .withValueSpecs(specs)
        .withSupplier(() -> Turn.function(states))
        .build();
  }

  private static StatefulFunctionSpec of(
      String name, StatefulFunction function, ValueSpec<?>... specs) {
    return StatefulFunctionSpec.builder(name(name))
        .withValueSpecs(specs)
        .withSupplier(() -> function)
        .build();
  }

  public static void main(String[] arguments) {
    int port = Integer.parseInt(arguments[List.of(arguments).indexOf("--port") + 1]);
    var environment = System.getenv();
    String extra = environment.getOrDefault("EXTRA_STATE", "");
    String[] extraStates = extra.isBlank() ? new String[0] : extra.split(" ");
    long ttlMs = Long.parseLong(environment.getOrDefault("TTL_MS", "1000"));

    StatefulFunctions functions =
        new StatefulFunctions()
            .withStatefulFunction(ofSteps("probe", State.ofProbe(extraStates)))
            .withStatefulFunction(ofSteps("fleeting", State.ofFleeting(Duration.ofMillis(ttlMs))))
            .withStatefulFunction(ofSteps("plain", List.of()))
            .withStatefulFunction(of("mirror", Main::mirror))
            .withStatefulFunction(of("person", Main::person, VISITS))
            .withStatefulFunction(of("greeter", Main::greeter))
            .withStatefulFunction(Smoke.spec());

    Undertow.Builder server =
        Undertow.builder()
            .addHttpListener(port, "127.0.0.1")
            .setHandler(new UndertowHandler(functions.requestReplyHandler()));
    if (!environment.containsKey("OWN_LIMIT")) {
      server.setServerOption(UndertowOptions.MAX_ENTITY_SIZE, BODY_BYTES_MAX);
    }
    server.build().start();
  }

  private Main() {}
}
