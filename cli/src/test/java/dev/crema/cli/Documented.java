package dev.crema.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The code in a document, such as README.md. */
final class Documented {
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w+)\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern CLASS = Pattern.compile("^class (\\w+)", Pattern.MULTILINE);

  private final String text;

  /**
   * @param document below the root of the project
   */
  Documented(String document) {
    try {
      text = Files.readString(Path.of("..", document));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The blocks in a language, such as {@code xml}. */
  List<String> blocks(String language) {
    return BLOCK
        .matcher(text)
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .toList();
  }

  /** The Java files of one class, by name. */
  Map<String, String> classes() {
    Map<String, String> files = new TreeMap<>();
    for (String block : blocks("java")) {
      Matcher name = CLASS.matcher(block);
      if (name.find()) {
        files.put(name.group(1) + ".java", block);
      }
    }
    return files;
  }

  /** What a pattern captures, the first time it is found. */
  String find(String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .findFirst()
        .map((MatchResult found) -> found.group(1))
        .orElseThrow(() -> new AssertionError("not documented: " + pattern));
  }
}
