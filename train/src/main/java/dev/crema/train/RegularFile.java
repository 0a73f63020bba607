package dev.crema.train;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Opens files that may come from anywhere: only regular ones, as a pipe or a device may block or
 * never end. With {@link LinkOption#NOFOLLOW_LINKS}, as for all files of a run's directory, a
 * symbolic link is refused too: it may lead to a file that is none of the run's.
 */
final class RegularFile {
  /** More than any text that is read whole needs, and little enough for many at once. */
  private static final int MAX_TEXT_BYTES = 1 << 20;

  private RegularFile() {}

  /** Opens a file for reading. */
  static FileChannel open(Path file, LinkOption... links) throws IOException {
    check(file, links);
    Set<OpenOption> options = new LinkedHashSet<>(List.of(links));
    options.add(StandardOpenOption.READ);
    return FileChannel.open(file, options);
  }

  /** Checks that a file is there and regular. */
  static void check(Path file, LinkOption... links) throws IOException {
    BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class, links);
    if (!found.isRegularFile()) {
      throw new FileSystemException(file.toString(), null, "it is " + kind(found));
    }
  }

  private static String kind(BasicFileAttributes found) {
    if (found.isSymbolicLink()) {
      return "a symbolic link, and those are not followed here; put what it leads to in its place";
    }
    return found.isDirectory()
        ? "a directory; expected a file"
        : "a pipe or device; expected a regular file";
  }

  /** Reads a text in UTF-8 of at most a mebibyte. */
  static String text(Path file, LinkOption... links) throws IOException {
    try (InputStream in = Channels.newInputStream(open(file, links))) {
      byte[] bytes = in.readNBytes(MAX_TEXT_BYTES + 1);
      if (bytes.length > MAX_TEXT_BYTES) {
        throw new FileSystemException(
            file.toString(), null, "expected at most " + MAX_TEXT_BYTES + " bytes, got more");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
  }
}
