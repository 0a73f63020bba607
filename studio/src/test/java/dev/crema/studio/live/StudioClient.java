package dev.crema.studio.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Asks a Studio over raw sockets, as an attacker would, or as its own page does. */
final class StudioClient {
  private final int port;
  private String cookie = "";

  StudioClient(int port) {
    this.port = port;
  }

  /** What {@code Host} names. */
  String host() {
    return "127.0.0.1:" + port;
  }

  /** Trades the token of a link for the cookie. */
  void admit(String link) throws IOException {
    cookie =
        setCookie(get("/?token=" + link.replaceFirst(".*token=", ""), "")).replaceAll(";.*", "");
  }

  Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** Sends these very bytes and gives all that comes back. */
  String raw(String request) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  String request(String method, String path, String headers, String body) throws IOException {
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    return raw(
        head(method, path, headers + (body.isEmpty() ? "" : "Content-Length: " + length + "\r\n"))
            + body);
  }

  /** A request up to its body. */
  String head(String method, String path, String headers) {
    return method
        + " "
        + path
        + " HTTP/1.1\r\nConnection: close\r\n"
        + (headers.contains("Host:") ? "" : "Host: " + host() + "\r\n")
        + headers
        + "\r\n";
  }

  String get(String path, String headers) throws IOException {
    return request("GET", path, headers, "");
  }

  /** The headers of whoever was let in. */
  String known() {
    return "Cookie: theme=dark; " + cookie + "\r\n";
  }

  /** The headers of the Studio's own page, when it changes something. */
  String own() {
    return known() + "Origin: http://" + host() + "\r\nContent-Type: application/json\r\n";
  }

  /** The list of runs by their names. */
  Map<?, ?> row(String name) throws IOException {
    return ((List<?>) json(get("/api/runs", known())).get("runs"))
        .stream()
            .map(row -> (Map<?, ?>) row)
            .filter(row -> row.get("name").equals(name))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no run is called " + name));
  }

  static int status(String answer) {
    assertThat(answer).startsWith("HTTP/1.1 ");
    return Integer.parseInt(answer.substring(9, 12));
  }

  static String body(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  static Map<String, Object> json(String answer) throws IOException {
    assertThat(status(answer)).as(answer).isBetween(200, 202);
    return JSON.std.mapFrom(body(answer));
  }

  static String setCookie(String answer) {
    return answer
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("set-cookie: "))
        .map(line -> line.substring("set-cookie: ".length()))
        .findFirst()
        .orElse("");
  }
}
