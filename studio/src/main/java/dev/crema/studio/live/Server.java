package dev.crema.studio.live;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Fixed routes behind the {@link Gate}; nothing of a request ever names a file. */
final class Server implements AutoCloseable {
  /** Nothing from elsewhere, and no script or style within the page. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final String LOCKED =
      """
      <!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Crema Studio</title><link rel="icon" href="data:,">
      <p>This is Crema Studio. Open the link that it shows in the terminal: it lets this browser in.</p></html>
      """;
  private static final String WELCOME =
      """
      <!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Crema Studio</title><link rel="icon" href="data:,">
      <meta http-equiv="refresh" content="0;url=/"><p><a href="/">Crema Studio</a></p></html>
      """;

  /** From the first byte of a request to its last: nobody keeps a thread with half of one. */
  private static final int MAX_REQUEST_SECONDS = 8;

  /** More than one user's browser opens. */
  private static final int MAX_CONNECTIONS = 256;

  static {
    // the JDK's server takes its limits from here alone, and when its class is loaded
    setDefault("sun.net.httpserver.maxReqTime", MAX_REQUEST_SECONDS);
    setDefault("jdk.httpserver.maxConnections", MAX_CONNECTIONS);
  }

  private final HttpServer http;
  private final Gate gate;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Map<String, Handler>> routes = new LinkedHashMap<>();

  /** Answers a request. */
  @FunctionalInterface
  interface Handler {
    Answer answer(Request request) throws IOException;
  }

  /** Answers with events for as long as somebody listens. */
  @FunctionalInterface
  interface Stream {
    void writeTo(OutputStream out) throws IOException, InterruptedException;
  }

  /**
   * Binds an address; nobody is served before {@link #start}.
   *
   * @param host its name in links
   * @param link is told each link that lets a browser in
   * @throws IOException if the address cannot be had
   */
  Server(InetSocketAddress address, String host, Consumer<String> link) throws IOException {
    http = HttpServer.create(address, 0);
    gate = new Gate(host, port(), link);
    http.setExecutor(threads);
    http.createContext("/", this::serve);
  }

  private static void setDefault(String property, int value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, String.valueOf(value));
    }
  }

  int port() {
    return http.getAddress().getPort();
  }

  /** Adds a route. GET serves HEAD too. */
  void on(String method, String path, Handler handler) {
    routes.computeIfAbsent(path, _ -> new LinkedHashMap<>()).put(method, handler);
  }

  /** Adds a route to a stream of server-sent events. */
  void onStream(String path, Stream stream) {
    on(
        "GET",
        path,
        _ -> {
          throw new Streaming(stream);
        });
  }

  void start() {
    http.start();
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }

  /** Leaves the usual way of answering: the answer has no end. */
  private static final class Streaming extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Stream stream;

    Streaming(Stream stream) {
      super(null, null, false, false);
      this.stream = stream;
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    Body body = new Body(exchange, threads);
    try (exchange) {
      try {
        send(exchange, answer(exchange, body));
      } catch (Refusal e) {
        send(exchange, Answer.json(e.status(), Map.of("error", String.valueOf(e.getMessage()))));
      } catch (Streaming e) {
        stream(exchange, e.stream);
      } catch (RuntimeException | Error e) {
        // what goes wrong with one request, and be it the memory, is the end of no other
        send(exchange, Answer.json(500, Map.of("error", Failure.text(e))));
      }
      body.end();
    }
  }

  private Answer answer(HttpExchange exchange, Body body) throws IOException {
    String method = exchange.getRequestMethod();
    Headers headers = exchange.getRequestHeaders();
    gate.checkSource(method, headers);
    if (exchange.getRequestURI().isAbsolute()) {
      throw new Refusal(400, "expected a path, not a whole address");
    }
    String path = exchange.getRequestURI().getRawPath();
    Request request = new Request(exchange.getRequestURI(), body);
    if (!gate.knows(headers)) {
      return admit(method, path, request);
    }
    Map<String, Handler> methods = routes.get(path);
    if (methods == null) {
      throw new Refusal(404, "there is no such page");
    }
    Handler handler = methods.get(method.equals("HEAD") ? "GET" : method);
    if (handler == null) {
      return Answer.json(405, Map.of("error", "expected one of " + methods.keySet()))
          .with("Allow", String.join(", ", methods.keySet()));
    }
    return handler.answer(request);
  }

  private Answer admit(String method, String path, Request request) {
    if (method.equals("GET") && path.equals("/") && request.find("token").isPresent()) {
      return request
          .find("token")
          .flatMap(gate::trade)
          // not a redirect: a cookie of this kind is not sent along with one from another site
          .map(cookie -> Answer.text(200, "text/html", WELCOME).with("Set-Cookie", cookie))
          .orElseGet(() -> Answer.text(401, "text/html", LOCKED));
    }
    return path.equals("/")
        ? Answer.text(401, "text/html", LOCKED)
        : Answer.json(401, Map.of("error", "expected the cookie; open the link in the terminal"));
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    common(headers);
    headers.set("Content-Type", answer.type());
    answer.headers().forEach(headers::set);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(answer.status(), -1);
      return;
    }
    exchange.sendResponseHeaders(
        answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
    exchange.getResponseBody().write(answer.body());
    exchange.getResponseBody().flush(); // closing would wait for the rest of the request first
  }

  private static void stream(HttpExchange exchange, Stream stream) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    common(headers);
    headers.set("Content-Type", "text/event-stream; charset=utf-8");
    exchange.sendResponseHeaders(200, 0);
    try {
      stream.writeTo(exchange.getResponseBody());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the Studio closes
    } catch (RuntimeException | Error e) {
      // it ends, and the page asks for another
    }
  }

  private static void common(Headers headers) {
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
  }
}
