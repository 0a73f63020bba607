package dev.crema.studio.live;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Lets in who was given the link, and nobody else.
 *
 * <p>The link's token is good for one use and is traded for a cookie, which other sites' pages
 * cannot make the browser send. {@code Host} must name this server, which a page under a name that
 * was turned to this address (DNS rebinding) cannot do; {@code Origin} must be this server's, and
 * must be there for whatever changes something.
 */
final class Gate {
  private static final List<String> SAFE = List.of("GET", "HEAD");

  private final Set<String> hosts = new LinkedHashSet<>();
  private final String cookieName;
  private final String session = secret();
  private final String address;
  private final Consumer<String> link;
  private String token = secret();

  /**
   * Opens a gate, and tells the first link.
   *
   * @param host the name that links have
   * @param link is told the link that is good now, again after each use
   */
  Gate(String host, int port, Consumer<String> link) {
    for (String name : List.of("127.0.0.1", "localhost", "[::1]", host)) {
      hosts.add(name + ":" + port);
    }
    // cookies do not tell ports apart
    cookieName = "crema_" + port;
    address = "http://" + host + ":" + port + "/";
    this.link = link;
    link.accept(address + "?token=" + token);
  }

  /**
   * Refuses a request that does not come from a page of this server.
   *
   * @throws Refusal if so
   */
  void checkSource(String method, Headers headers) {
    String host = only(headers, "Host").orElse("");
    if (!hosts.contains(host)) {
      throw new Refusal(
          403, "expected a Host header that names this server; open " + address + " instead");
    }
    Optional<String> origin = only(headers, "Origin");
    boolean same =
        origin.isPresent() ? origin.get().equals("http://" + host) : SAFE.contains(method);
    String site = only(headers, "Sec-Fetch-Site").orElse("none");
    if (!same || (!SAFE.contains(method) && !site.equals("same-origin") && !site.equals("none"))) {
      throw new Refusal(403, "expected a request of the Studio's own page, not of another site's");
    }
  }

  /** Whether the browser was let in before. */
  boolean knows(Headers headers) {
    return headers.getOrDefault("Cookie", List.of()).stream()
        .flatMap(line -> List.of(line.split(";", -1)).stream())
        .map(String::strip)
        .anyMatch(cookie -> isSame(cookie, cookieName + "=" + session));
  }

  /** The cookie for a token, which is good no more then; nothing if it is not the one. */
  synchronized Optional<String> trade(String offered) {
    if (!isSame(offered, token)) {
      return Optional.empty();
    }
    token = secret();
    link.accept(address + "?token=" + token);
    return Optional.of(cookieName + "=" + session + "; Path=/; HttpOnly; SameSite=Strict");
  }

  /** The header's value; two of them are as bad as none. */
  private static Optional<String> only(Headers headers, String name) {
    List<String> values = headers.getOrDefault(name, List.of());
    return values.isEmpty()
        ? Optional.empty()
        : Optional.of(values.size() == 1 ? values.getFirst() : "several");
  }

  /** Takes the same time wherever the two differ. */
  private static boolean isSame(String a, String b) {
    return MessageDigest.isEqual(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  private static String secret() {
    byte[] bytes = new byte[24];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
