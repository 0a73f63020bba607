package dev.crema.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Words for what went wrong with a file. */
public final class FileErrors {
  private FileErrors() {}

  /** What the system says, without the name of the file and without that of a Java class. */
  public static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such file or folder";
      case AccessDeniedException _ -> "permission denied";
      case NotDirectoryException _ -> "it is no folder";
      case CharacterCodingException _ -> "expected text in UTF-8";
      case FileAlreadyExistsException _ -> "something else has this name";
      case FileNotFoundException _ -> "there is no such file, or it is a folder or may not be read";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      case FileSystemException _ -> "the system refused it";
      default -> e.getMessage() == null ? "the system gave no reason" : e.getMessage();
    };
  }
}
