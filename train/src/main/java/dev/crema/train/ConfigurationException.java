package dev.crema.train;

import dev.crema.data.FileErrors;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** An experiment that cannot be run as it is written; it names every fault found, not the first. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The faults, each one line that says where it is and what to do; at least one. */
  public ConfigurationException(List<String> faults) {
    super(String.join("\n", faults));
    if (faults.isEmpty()) {
      throw new IllegalArgumentException("a configuration without a fault is no error");
    }
  }

  /** One fault. */
  public ConfigurationException(String fault) {
    this(List.of(fault));
  }

  /** A file that cannot be read. */
  static ConfigurationException unreadable(Path file, IOException cause) {
    return new ConfigurationException(
        switch (cause) {
          case NoSuchFileException _ -> file + ": no such file";
          case CharacterCodingException _ -> file + ": expected text in UTF-8; save it as UTF-8";
          default -> file + ": cannot be read: " + FileErrors.reason(cause);
        });
  }

  /** The faults, one line each, in the order of the file. */
  public List<String> faults() {
    return String.valueOf(getMessage()).lines().toList();
  }
}
