package dev.crema.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to write into a folder, for one thread of one process at a time. The system frees it
 * when the process ends, however that happens: so what its holder finds there unfinished is
 * nobody's any more.
 */
final class FolderLock implements AutoCloseable {
  private static final long LOOK_MILLIS = 100;

  private final FileChannel channel;
  private final boolean waited;

  private FolderLock(FileChannel channel, boolean waited) {
    this.channel = channel;
    this.waited = waited;
  }

  /**
   * Waits until nobody else has it.
   *
   * @param file the lock's own; it stays
   * @param busy called once if somebody else has it
   */
  static FolderLock take(Path file, Runnable busy) throws IOException, InterruptedException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      boolean waited = false;
      while (!tryLock(channel)) {
        if (!waited) {
          busy.run();
        }
        waited = true;
        Thread.sleep(LOOK_MILLIS);
      }
      return new FolderLock(channel, waited);
    } catch (IOException | InterruptedException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // another thread of this process has it
    }
  }

  /** Whether somebody else had it first. */
  boolean hasWaited() {
    return waited;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The end of the process frees it at the latest.
    }
  }
}
