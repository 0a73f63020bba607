package dev.crema.nn;

import java.util.List;

/** Thrown when a network's layers do not fit each other; it holds all faults, one to a line. */
public final class NetworkException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final List<String> faults;

  NetworkException(List<String> faults) {
    super(String.join(System.lineSeparator(), faults));
    this.faults = List.copyOf(faults);
  }

  /** What is wrong, each with the layer's path. */
  public List<String> faults() {
    return faults;
  }
}
