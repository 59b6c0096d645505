package bench;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.statefun.flink.harness.Harness;
import org.apache.flink.statefun.sdk.FunctionType;
import org.apache.flink.statefun.sdk.io.IngressIdentifier;
import org.apache.flink.statefun.sdk.reqreply.generated.TypedValue;
import org.apache.flink.statefun.sdk.spi.StatefulFunctionModule;
import org.apache.flink.streaming.api.functions.source.SourceFunction;

/**
 * StateFun with the module.yaml of the class path, in one JVM. Arguments are settings of Flink.
 *
 * <p>Without an ingress in the module there is one in the process: messages to one of so many
 * counters (-Dbench.ids), as fast as they are taken. How many have been taken stands in the file
 * -Dbench.taken, anew ten times a second.
 */
public final class Main {
  private static final IngressIdentifier<TypedValue> IN =
      new IngressIdentifier<>(TypedValue.class, "bench", "process");
  private static final FunctionType COUNTER = new FunctionType("bench", "counter");
  private static final int IDS = Integer.getInteger("bench.ids", 0);
  private static final AtomicLong TAKEN = new AtomicLong();

  public static final class Module implements StatefulFunctionModule {
    @Override
    public void configure(Map<String, String> configuration, Binder binder) {
      if (IDS == 0) {
        return;
      }
      binder.bindIngressRouter(
          IN,
          (message, downstream) -> {
            int id = ThreadLocalRandom.current().nextInt(IDS);
            downstream.forward(COUNTER, Integer.toString(id), message);
          });
    }
  }

  private static final class Source implements SourceFunction<TypedValue> {
    private static final long serialVersionUID = 1;
    private volatile boolean runs = true;

    @Override
    public void run(SourceContext<TypedValue> out) {
      TypedValue message =
          TypedValue.newBuilder()
              .setTypename("bench/message")
              .setHasValue(true)
              .setValue(ByteString.copyFromUtf8("a"))
              .build();
      while (runs) {
        synchronized (out.getCheckpointLock()) {
          out.collect(message);
        }
        TAKEN.incrementAndGet();
      }
    }

    @Override
    public void cancel() {
      runs = false;
    }
  }

  private static void tell(Path file) {
    try {
      while (true) {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, Long.toString(TAKEN.get()));
        Files.move(next, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        Thread.sleep(100);
      }
    } catch (IOException | InterruptedException error) {
      error.printStackTrace();
    }
  }

  public static void main(String[] settings) throws Exception {
    Harness harness = new Harness().withParallelism(1);
    for (String setting : settings) {
      String[] parts = setting.split("=", 2);
      harness.withConfiguration(parts[0], parts[1]);
    }
    if (IDS > 0) {
      harness.withFlinkSourceFunction(IN, new Source());
      Thread teller = new Thread(() -> tell(Path.of(System.getProperty("bench.taken"))));
      teller.setDaemon(true);
      teller.start();
    }
    harness.start();
  }
}
