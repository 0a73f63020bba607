package dev.crema.nn;

import java.util.List;

/**
 * Thrown when a network's layers do not fit each other, or the network with its batch does not fit
 * into memory; it holds all faults, one to a line.
 */
public final class NetworkException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final List<String> faults;

  NetworkException(List<String> faults) {
    super(String.join(System.lineSeparator(), faults));
    this.faults = List.copyOf(faults);
  }

  /** A single fault. */
  NetworkException(String fault) {
    this(List.of(fault));
  }

  /** What is wrong, with the layer's path where it is a layer's. */
  public List<String> faults() {
    return faults;
  }
}
