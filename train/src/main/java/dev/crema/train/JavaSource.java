package dev.crema.train;

import dev.crema.data.FileErrors;
import dev.crema.data.Sha256;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The Java file that a network was written in. For a run it is a record of what was trained, and
 * never code to execute: that takes the user, who names the file.
 *
 * @param file the file's name, without its folder
 * @param text all of it
 */
public record JavaSource(String file, String text) {
  /**
   * What an experiment file says of it.
   *
   * @param file the file's name
   * @param sha256 of its bytes, in hexadecimal
   */
  public record Note(String file, String sha256) {
    /** What {@link #toMap} wrote, from its key {@code java}. */
    static Note read(Yaml java) {
      return new Note(java.get("file").string(), java.get("sha256").string());
    }

    /** Its keys in an experiment file. */
    Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("file", file);
      map.put("sha256", sha256);
      return Map.of("java", map);
    }
  }

  /**
   * Reads it, as UTF-8.
   *
   * @throws ConfigurationException if it cannot be read
   */
  public static JavaSource read(Path file) {
    try {
      return new JavaSource(String.valueOf(file.getFileName()), Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(file + ": expected a text in UTF-8; save it as such");
    } catch (IOException e) {
      throw new ConfigurationException(file + ": cannot be read: " + FileErrors.reason(e));
    }
  }

  /** What an experiment file says of it. */
  public Note note() {
    return new Note(file, Sha256.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** The file's name without its ending. */
  public String name() {
    return Experiment.baseName(Path.of(file));
  }
}
