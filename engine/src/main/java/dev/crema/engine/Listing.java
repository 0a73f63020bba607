package dev.crema.engine;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * What lies in a folder, sorted by name. File systems list in an order of their own, and nothing
 * that Crema writes or chooses may follow it; so folders are listed here only.
 */
public final class Listing {
  private Listing() {}

  /**
   * Everything in a folder.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such folder
   */
  public static List<Path> of(Path folder) throws IOException {
    return of(folder, "*");
  }

  /**
   * What in a folder has a name like this.
   *
   * @param glob as {@link java.nio.file.FileSystem#getPathMatcher} takes it, such as {@code *.png}
   */
  public static List<Path> of(Path folder, String glob) throws IOException {
    return list(folder, glob, Long.MAX_VALUE);
  }

  /** So many of what lies in a folder, whichever come first: a huge folder is not read whole. */
  public static List<Path> atMost(Path folder, long most) throws IOException {
    return list(folder, "*", most);
  }

  private static List<Path> list(Path folder, String glob, long most) throws IOException {
    try (var entries = Files.newDirectoryStream(folder, glob)) {
      return StreamSupport.stream(entries.spliterator(), false).limit(most).sorted().toList();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }
}
