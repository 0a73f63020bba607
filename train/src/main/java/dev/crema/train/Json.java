package dev.crema.train;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.jr.ob.JSON;
import com.fasterxml.jackson.jr.ob.JSON.Feature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** JSON objects as maps, in order; numbers that JSON lacks (NaN and the infinities) as strings. */
final class Json {
  private static final JSON PRETTY = JSON.std.with(Feature.PRETTY_PRINT_OUTPUT);

  private Json() {}

  /** The object on one line. */
  static String line(Map<String, ?> object) {
    return text(JSON.std, object);
  }

  /** The object for people to read, with a newline at its end. */
  static String pretty(Map<String, ?> object) {
    return text(PRETTY, object) + "\n";
  }

  private static String text(JSON json, Map<String, ?> object) {
    try {
      return json.asString(object);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a value of a type that JSON lacks: a fault of ours
    }
  }

  /** The one object that the text is, white space around it aside. */
  static Map<String, Object> object(String text) throws JsonProcessingException {
    try (JsonParser parser = JSON.std.createParser(text)) {
      Map<String, Object> object = JSON.std.mapFrom(parser);
      if (object == null || parser.nextToken() != null) {
        throw new com.fasterxml.jackson.core.JsonParseException(parser, "more than one object");
      }
      return object;
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string cannot fail to be read
    }
  }
}
