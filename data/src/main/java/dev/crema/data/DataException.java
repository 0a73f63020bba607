package dev.crema.data;

import java.io.Serial;

/**
 * Says what is wrong with data from outside: which file, at which place, what was expected, what
 * came, and what to do.
 */
public final class DataException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  /** A fault found by Crema itself. */
  public DataException(String message) {
    super(message);
  }

  /** A fault that the system reported first. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
