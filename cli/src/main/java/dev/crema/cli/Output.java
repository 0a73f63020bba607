package dev.crema.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/** Takes the results of a command: as text for people, or each as one JSON object on one line. */
final class Output {
  /** In ASCII, so that no terminal's character set can harm it. */
  private static final JSON ASCII =
      JSON.builder(JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build()).build();

  private final PrintWriter out;
  private final boolean json;

  Output(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /**
   * Prints a result.
   *
   * @param object what {@code --json} shows, in its order: numbers, strings, booleans, and lists
   *     and maps of them; a NaN or an infinity becomes a string
   * @param text what people see otherwise; a newline is added
   */
  void result(Map<String, ?> object, String text) {
    object(object);
    text(text);
  }

  /** Prints what only {@code --json} shows; see {@link #result}. */
  void object(Map<String, ?> object) {
    if (json) {
      try {
        out.println(ASCII.asString(object));
      } catch (IOException e) {
        throw new UncheckedIOException(e); // a value of a type that JSON lacks: a fault of ours
      }
      out.flush();
    }
  }

  /** Prints a line that only people see. */
  void text(String line) {
    if (!json) {
      out.println(line);
      out.flush();
    }
  }
}
