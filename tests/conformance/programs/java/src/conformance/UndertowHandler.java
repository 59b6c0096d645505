package conformance;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.SameThreadExecutor;
import org.apache.flink.statefun.sdk.java.handler.RequestReplyHandler;
import org.apache.flink.statefun.sdk.java.slice.Slice;
import org.apache.flink.statefun.sdk.java.slice.Slices;

/**
 * Serves functions as StateFun's own Java samples do, with their habit: a function that throws is
 * answered by 200 with an empty body, a header "Status: 500" and no content type.
 */
final class UndertowHandler implements HttpHandler {
  private final RequestReplyHandler functions;

  UndertowHandler(RequestReplyHandler functions) {
    this.functions = functions;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) {
    exchange.getRequestReceiver().receiveFullBytes(this::onBody);
  }

  private void onBody(HttpServerExchange exchange, byte[] body) {
    // The bare dispatch() of the samples breaks off answers of more than one write.
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () ->
            functions
                .handle(Slices.wrap(body))
                .whenComplete((answer, failure) -> onAnswer(exchange, answer, failure)));
  }

  private static void onAnswer(HttpServerExchange exchange, Slice answer, Throwable failure) {
    if (failure != null) {
      System.err.println(failure);
      exchange.getResponseHeaders().put(Headers.STATUS, 500);
      exchange.endExchange();
      return;
    }
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/octet-stream");
    exchange.getResponseSender().send(answer.asReadOnlyByteBuffer());
  }
}
