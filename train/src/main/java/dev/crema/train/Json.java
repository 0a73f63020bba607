package dev.crema.train;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * JSON objects, as maps in order or member by member; numbers that JSON lacks (NaN and the
 * infinities) as strings.
 */
final class Json {
  private Json() {}

  /** What writes the members of an object. */
  @FunctionalInterface
  interface Members {
    /** Into the object that is open. */
    void write(JsonGenerator json) throws IOException;
  }

  /** The object on one line. */
  static String line(Map<String, ?> object) {
    return text(members(object), false);
  }

  /** The object with these members on one line. */
  static String line(Members members) {
    return text(members, false);
  }

  /** The object for people to read, with a newline at its end. */
  static String pretty(Map<String, ?> object) {
    return text(members(object), true) + "\n";
  }

  /** The object with these members for people to read, with a newline at its end. */
  static String pretty(Members members) {
    return text(members, true) + "\n";
  }

  private static Members members(Map<String, ?> object) {
    return json -> {
      for (Map.Entry<String, ?> member : object.entrySet()) {
        json.writeFieldName(member.getKey());
        JSON.std.write(member.getValue(), json);
      }
    };
  }

  private static String text(Members members, boolean pretty) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JSON.std.getStreamingFactory().createGenerator(text)) {
      if (pretty) {
        generator.useDefaultPrettyPrinter();
      }
      generator.writeStartObject();
      members.write(generator);
      generator.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a value of a type that JSON lacks: a fault of ours
    }
    return text.toString();
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
