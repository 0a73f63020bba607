package dev.crema.train;

import dev.crema.data.FileErrors;
import java.io.IOException;
import java.nio.file.Path;

/** A file of a run that cannot be written, or cannot be trusted when it is read. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The message is the file's name, what is wrong at which place of it, and what to do. */
  public CheckpointException(Path file, String problem) {
    super(file + ": " + problem);
  }

  /** The same, with the error that the machine gave. */
  public CheckpointException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }

  /**
   * What the machine refused.
   *
   * @param what such as "cannot be read"
   */
  static CheckpointException refused(Path file, String what, IOException cause) {
    return new CheckpointException(file, what + ": " + FileErrors.reason(cause), cause);
  }
}
