package dev.crema.train;

import dev.crema.data.FileErrors;
import dev.crema.engine.Listing;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a file whole or not at all, whatever happens to the process or the power.
 *
 * <p>The content goes to a hidden file in the same folder, is forced to the disk, and then takes
 * the name in one move. The folder must have one writer per name at a time. What a killed writer
 * left is deleted by the next writer of that name, and by the next one to take the run.
 */
public final class AtomicFile {
  /** A temporary file: the name that it will have, and the process that writes it. */
  private static final Pattern LEFTOVER = Pattern.compile("\\.(.*)\\.(\\d{1,18})\\.tmp");

  private AtomicFile() {}

  /** What is to be written. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it; the stream is buffered and closed by the caller. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes the file, or leaves the one that was there untouched.
   *
   * @throws CheckpointException if it cannot be written, for instance because the disk is full
   */
  public static void write(Path file, Content content) {
    Path target = file.toAbsolutePath();
    Path temporary =
        target.resolveSibling(
            "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
    deleteLeftovers(target.resolveSibling(""), other -> isOfDeadWriter(other, target));
    try {
      // Not a channel: it would be closed by the interrupt that asks a training to save and stop.
      try (var sink = new FileOutputStream(temporary.toFile());
          var out = new BufferedOutputStream(sink, 1 << 16)) {
        content.writeTo(out);
        out.flush();
        sink.getFD().sync();
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CheckpointException(file, failure(e, Files.exists(target)), e);
    } finally {
      delete(temporary);
    }
    forceFolder(target);
  }

  /** Writes a text as UTF-8; see {@link #write(Path, Content)}. */
  public static void write(Path file, String text) {
    write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Deletes what killed writers left in a folder; it must have no living writer. */
  static void deleteLeftovers(Path folder) {
    deleteLeftovers(folder, AtomicFile::isLeftover);
  }

  /** Whether a file is temporary, and a leftover unless its writer lives. */
  static boolean isLeftover(Path file) {
    return LEFTOVER.matcher(name(file)).matches();
  }

  private static void deleteLeftovers(Path folder, Predicate<Path> which) {
    try {
      Listing.of(folder).stream().filter(which).forEach(AtomicFile::delete);
    } catch (IOException e) {
      // They are in nobody's way, except for the room they take.
    }
  }

  /** Whether this is what another process, which is no more, was about to name so. */
  private static boolean isOfDeadWriter(Path temporary, Path target) {
    Matcher leftover = LEFTOVER.matcher(name(temporary));
    return leftover.matches()
        && leftover.group(1).equals(name(target))
        && ProcessHandle.of(Long.parseLong(leftover.group(2))).isEmpty();
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static String failure(IOException e, boolean old) {
    return "cannot be written: "
        + FileErrors.reason(e)
        + (old ? "; the file that was there is unchanged" : "")
        + "; free room on its disk or check the folder's permissions, then try again";
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // A leftover: it is never read, and the next writer of its run deletes it.
    }
  }

  private static void forceFolder(Path file) {
    Path folder = file.getParent();
    if (folder == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Not every system can; there the name may be lost with the power, never the old content.
    }
  }
}
