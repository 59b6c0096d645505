package conformance;

import conformance.smoke.Command;
import conformance.smoke.Commands;
import conformance.smoke.SourceCommand;
import conformance.smoke.VerificationResult;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.statefun.sdk.java.Context;
import org.apache.flink.statefun.sdk.java.StatefulFunction;
import org.apache.flink.statefun.sdk.java.StatefulFunctionSpec;
import org.apache.flink.statefun.sdk.java.TypeName;
import org.apache.flink.statefun.sdk.java.ValueSpec;
import org.apache.flink.statefun.sdk.java.message.Message;
import org.apache.flink.statefun.sdk.java.message.MessageBuilder;
import org.apache.flink.statefun.sdk.java.types.SimpleType;
import org.apache.flink.statefun.sdk.java.types.Type;

/** The command interpreter of the smoke test. */
final class Smoke implements StatefulFunction {
  private static final TypeName NAME = name("command-interpreter-fn");
  private static final ValueSpec<Long> STATE = ValueSpec.named("state").withLongType();
  private static final Type<SourceCommand> SOURCE_COMMAND =
      SimpleType.simpleImmutableTypeFrom(
          name("source-command"), SourceCommand::toByteArray, SourceCommand::parseFrom);
  private static final Type<Commands> COMMANDS =
      SimpleType.simpleImmutableTypeFrom(
          name("commands"), Commands::toByteArray, Commands::parseFrom);

  private static TypeName name(String name) {
    return TypeName.typeNameOf("statefun.smoke.e2e", name);
  }

  static StatefulFunctionSpec spec() {
    return StatefulFunctionSpec.builder(NAME)
        .withValueSpec(STATE)
        .withSupplier(Smoke::new)
        .build();
  }

  @Override
  public CompletableFuture<Void> apply(Context context, Message message) {
    Commands commands =
        message.is(SOURCE_COMMAND)
            ? message.as(SOURCE_COMMAND).getCommands()
            : message.as(COMMANDS);
    for (Command command : commands.getCommandList()) {
      interpret(context, command);
    }
    return context.done();
  }

  private static void interpret(Context context, Command command) {
    switch (command.getCommandCase()) {
      case INCREMENT -> context.storage().set(STATE, state(context) + 1);
      case SEND ->
          context.send(commandsTo(command.getSend().getTarget(), command.getSend().getCommands()));
      case SEND_AFTER -> sendAfter(context, command.getSendAfter());
      case CANCEL_SEND_AFTER ->
          context.cancelDelayedMessage(command.getCancelSendAfter().getCancellationToken());
      case SEND_EGRESS -> Turn.emit(context, Turn.PLAYGROUND, "discard-sink", "discarded");
      case VERIFY -> verify(context, command.getVerify().getExpected());
      default -> {}
    }
  }

  private static long state(Context context) {
    return context.storage().get(STATE).orElse(0L);
  }

  private static Message commandsTo(int target, Commands commands) {
    return MessageBuilder.forAddress(NAME, Integer.toString(target))
        .withCustomType(COMMANDS, commands)
        .build();
  }

  private static void sendAfter(Context context, Command.SendAfter later) {
    Duration delay = Duration.ofMillis(later.getDelayMs());
    Message message = commandsTo(later.getTarget(), later.getCommands());
    if (later.getCancellationToken().isEmpty()) {
      context.sendAfter(delay, message);
    } else {
      context.sendAfter(delay, later.getCancellationToken(), message);
    }
  }

  private static void verify(Context context, long expected) {
    byte[] result =
        VerificationResult.newBuilder()
            .setId(Integer.parseInt(context.self().id()))
            .setExpected(expected)
            .setActual(state(context))
            .build()
            .toByteArray();
    String payload = Base64.getEncoder().encodeToString(result);
    Turn.emit(context, Turn.PLAYGROUND, "verification-sink", payload);
  }
}
