package dev.crema.studio.live;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The body of a request, which may be other than was announced, or never come. It is read on a
 * thread of its own, so that whoever waits for it waits no longer than a while.
 */
final class Body {
  /** Long enough for a photo; less than the server waits for a whole request. */
  private static final int READ_SECONDS = 5;

  private static final int DISCARD_SECONDS = 1;

  /** Photos that are too large are smaller than that. */
  private static final int MAX_DISCARDED_BYTES = 1 << 26;

  private final HttpExchange exchange;
  private final ExecutorService threads;

  /** A reading that did not end in time. */
  private Optional<Future<?>> unfinished = Optional.empty();

  Body(HttpExchange exchange, ExecutorService threads) {
    this.exchange = exchange;
    this.threads = threads;
  }

  /**
   * All its bytes.
   *
   * @param type what their media type begins with
   * @throws Refusal if they are of another, or too many, or fewer than was said
   */
  byte[] read(String type, int most) {
    if (header("Content-Type").filter(given -> given.startsWith(type)).isEmpty()) {
      throw new Refusal(415, "expected Content-Type " + type);
    }
    if (!isAnnounced()) {
      throw new Refusal(411, "expected Content-Length, and as many bytes");
    }
    // that it is a number the server has seen to
    if (header("Content-Length").filter(length -> Long.parseLong(length) > most).isPresent()) {
      throw tooLong(most);
    }
    byte[] bytes;
    try {
      bytes = within(READ_SECONDS, () -> exchange.getRequestBody().readNBytes(most + 1));
    } catch (TimeoutException e) {
      throw new Refusal(
          408,
          "expected the whole body within %s seconds, got less than was announced"
              .formatted(READ_SECONDS));
    } catch (ExecutionException e) {
      throw new Refusal(400, "the body cannot be read: " + e.getCause());
    }
    if (bytes.length > most) {
      throw tooLong(most);
    }
    return bytes;
  }

  /**
   * Ends the exchange, whose answer is sent. What was not read is taken for a moment, as closing
   * the connection before that would take the answer back; then the connection is closed.
   */
  void end() {
    if (!isAnnounced()) {
      return;
    }
    if (unfinished.isEmpty()) {
      try {
        within(DISCARD_SECONDS, this::discardAndClose);
      } catch (TimeoutException | ExecutionException | Refusal e) {
        // the answer is sent: nobody needs to know
      }
    }
    unfinished.ifPresent(reading -> reading.cancel(true));
  }

  private long discardAndClose() throws IOException {
    try (exchange) {
      InputStream rest = exchange.getRequestBody();
      byte[] part = new byte[1 << 13];
      long count = 0;
      for (int n = 0; n >= 0 && count < MAX_DISCARDED_BYTES; n = rest.read(part)) {
        count += n;
      }
      return count;
    }
  }

  private boolean isAnnounced() {
    return header("Content-Length").or(() -> header("Transfer-Encoding")).isPresent();
  }

  private Optional<String> header(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  private static Refusal tooLong(int most) {
    return new Refusal(413, "expected at most " + most + " bytes");
  }

  private <T> T within(int seconds, Callable<T> reading)
      throws TimeoutException, ExecutionException {
    Future<T> future = threads.submit(reading);
    try {
      return future.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      unfinished = Optional.of(future);
      throw e;
    } catch (InterruptedException e) {
      unfinished = Optional.of(future);
      Thread.currentThread().interrupt();
      throw new Refusal(503, "the Studio closes");
    }
  }
}
