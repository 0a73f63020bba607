package dev.crema.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** What a disk that does not take a file is reported as: a fault that no other source can mend. */
final class DiskFault {
  private DiskFault() {}

  static UncheckedIOException inCache(Path file, IOException cause) {
    return new UncheckedIOException(
        "%s: cannot be written: %s; free room on its disk, or set CREMA_CACHE to another place"
            .formatted(file, cause),
        cause);
  }
}
