package dev.crema.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder for files that nobody needs later.
 *
 * <p>It is deleted with all that is in it when it is closed. What a process left that was killed
 * outright is deleted by the next one that makes such a folder, a day later.
 */
public final class TemporaryFolder implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("crema-(\\d{1,18})-.+");
  private static final Duration OLD = Duration.ofDays(1);

  private final Path path;
  private final Thread hook;

  private TemporaryFolder(Path path) {
    this.path = path;
    hook = new Thread(() -> delete(path), "crema-temporary");
  }

  /**
   * Makes one where the system keeps temporary files.
   *
   * @throws IOException if it cannot be made
   */
  public static TemporaryFolder create() throws IOException {
    Path parent = Path.of(System.getProperty("java.io.tmpdir"));
    deleteAbandoned(parent);
    String prefix = "crema-" + ProcessHandle.current().pid() + "-";
    return new TemporaryFolder(Files.createTempDirectory(parent, prefix));
  }

  /**
   * Makes one that is also deleted when the process is told to end while it is open, for work that
   * does not go on then.
   *
   * @throws IOException if it cannot be made, or when the process is about to end
   */
  public static TemporaryFolder createUntilExit() throws IOException {
    TemporaryFolder folder = create();
    try {
      Runtime.getRuntime().addShutdownHook(folder.hook);
    } catch (IllegalStateException e) {
      delete(folder.path);
      throw new IOException("the process is about to end", e);
    }
    return folder;
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    delete(path);
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is about to end, and the hook finds nothing to do.
    }
  }

  private static void deleteAbandoned(Path parent) {
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(parent, TemporaryFolder::isAbandoned)) {
      all.forEach(TemporaryFolder::delete);
    } catch (IOException e) {
      // They only take room.
    }
  }

  /** Another container's processes cannot be seen, so a living process is assumed for a day. */
  private static boolean isAbandoned(Path folder) throws IOException {
    Matcher name = NAME.matcher(folder.getFileName().toString());
    return name.matches()
        && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()
        && Files.getLastModifiedTime(folder).toInstant().isBefore(Instant.now().minus(OLD));
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path each : deepestFirst) {
        Files.deleteIfExists(each);
      }
    } catch (IOException | UncheckedIOException e) {
      // Already gone, or not ours: it only takes room.
    }
  }
}
