package dev.crema.studio.live;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the page gets.
 *
 * @param headers beside those that every answer has
 */
record Answer(int status, String type, byte[] body, Map<String, String> headers) {
  static Answer json(int status, Map<String, ?> object) {
    try {
      return of(status, "application/json; charset=utf-8", JSON.std.asBytes(object));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a value of a type that JSON lacks: a fault of ours
    }
  }

  static Answer json(Map<String, ?> object) {
    return json(200, object);
  }

  static Answer text(int status, String type, String text) {
    return of(status, type + "; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  static Answer of(int status, String type, byte[] body) {
    return new Answer(status, type, body, Map.of());
  }

  /** The same with another header. */
  Answer with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Answer(status, type, body, more);
  }
}
