package dev.crema.train;

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

  /** The faults, one line each, in the order of the file. */
  public List<String> faults() {
    return String.valueOf(getMessage()).lines().toList();
  }
}
