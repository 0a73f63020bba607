package dev.crema.train;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
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
    return new CheckpointException(file, what + ": " + reason(cause), cause);
  }

  /** What the machine says, without the name of the file, which these exceptions begin with. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such file or folder";
      case AccessDeniedException _ -> "permission denied";
      case NotDirectoryException _ -> "it is no folder";
      case CharacterCodingException _ -> "expected text in UTF-8";
      case FileAlreadyExistsException _ -> "something else has this name";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      case FileSystemException _ -> e.toString();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }
}
