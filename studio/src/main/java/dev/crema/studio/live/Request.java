package dev.crema.studio.live;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the page asks for. */
final class Request {
  private static final int MOST_JSON = 1 << 16;
  private static final int MOST_RUNS = 64;

  private final Body body;
  private final Map<String, List<String>> query = new LinkedHashMap<>();

  /**
   * Reads the query.
   *
   * @throws Refusal if it is none
   */
  Request(URI address, Body body) {
    this.body = body;
    String raw = address.getRawQuery();
    if (raw == null) {
      return;
    }
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        query
            .computeIfAbsent(decoded(pair.substring(0, equals)), _ -> new ArrayList<>())
            .add(decoded(pair.substring(equals + 1)));
      }
    }
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Refusal(400, "the address is not well formed: " + e.getMessage());
    }
  }

  /** The one value of a key, if it is there once. */
  Optional<String> find(String key) {
    List<String> values = query.getOrDefault(key, List.of());
    return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
  }

  /**
   * The one value of a key.
   *
   * @throws Refusal if it is not there, or several times
   */
  String get(String key) {
    return find(key).orElseThrow(() -> new Refusal(400, "expected `" + key + "` once"));
  }

  /** The ids of runs, at least one. */
  List<String> runs() {
    List<String> runs = query.getOrDefault("run", List.of()).stream().distinct().toList();
    if (runs.isEmpty() || runs.size() > MOST_RUNS) {
      throw new Refusal(
          400, "expected `run` once to %s times, got %s".formatted(MOST_RUNS, runs.size()));
    }
    return runs;
  }

  /** A number, or what stands for it. */
  double number(String key, double fallback) {
    Optional<String> text = find(key);
    if (text.isEmpty()) {
      return fallback;
    }
    try {
      return Double.parseDouble(text.get());
    } catch (NumberFormatException e) {
      throw new Refusal(400, "`" + key + "`: expected a number");
    }
  }

  /** The JSON object that came. */
  Map<String, Object> json() {
    byte[] bytes = body.read("application/json", MOST_JSON);
    try {
      return JSON.std.mapFrom(new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new Refusal(400, "expected one JSON object: " + e.getMessage());
    }
  }

  /** The body that came. */
  Body body() {
    return body;
  }
}
