package dev.crema.train.tensorboard;

import dev.crema.engine.Listing;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file of TensorBoard: records, each an {@code Event} between its length and checksums.
 *
 * <p>Each record is written at once, so that a killed process leaves at most one torn record, the
 * last, which TensorBoard does not read. A file that cannot be written stops nothing: it is
 * reported once and tried again with the next record.
 */
final class EventFile implements AutoCloseable {
  private static final String NAME = "events.out.tfevents.";

  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;
  private static final int START = 1;

  private final Path path;
  private final InstantSource clock;
  private final Consumer<String> trouble;
  private @Nullable RandomAccessFile file;
  private boolean reported;
  private long end;

  private EventFile(Path path, InstantSource clock, Consumer<String> trouble) {
    this.path = path;
    this.clock = clock;
    this.trouble = trouble;
  }

  /**
   * A new file, which is there after its first record.
   *
   * @param trouble is told when a record cannot be written, once
   */
  static EventFile in(Path folder, InstantSource clock, Consumer<String> trouble) {
    String name =
        String.format(
            Locale.ROOT,
            "%s%010d.%s.%d.%d",
            NAME,
            clock.instant().getEpochSecond(),
            host(),
            ProcessHandle.current().pid(),
            count(folder));
    return new EventFile(folder.resolve(name), clock, trouble);
  }

  /** How many there are; TensorBoard reads them in the order of their names. */
  static int count(Path folder) {
    try {
      return Listing.of(folder, NAME + "*").size();
    } catch (IOException e) {
      return 0; // none that can be read
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost"; // nobody needs to know it
    }
  }

  /** Supersedes what earlier files say about this step and later ones: it will happen again. */
  void restart(long step) {
    append(event().integer(STEP, step).message(SESSION_LOG, new Message().integer(1, START)));
  }

  /** Writes what some tags show at a step. */
  void write(long step, Iterable<Message> values) {
    Message summary = new Message();
    values.forEach(value -> summary.message(1, value));
    append(event().integer(STEP, step).message(SUMMARY, summary));
  }

  private Message event() {
    Instant now = clock.instant();
    return new Message().float64(WALL_TIME, now.getEpochSecond() + now.getNano() * 1e-9);
  }

  private void append(Message event) {
    byte[] record = record(event.toBytes());
    try {
      if (file == null) {
        Files.createDirectories(path.toAbsolutePath().getParent());
        file = new RandomAccessFile(path.toFile(), "rw");
      }
      if (end == 0) {
        write(file, record(event().text(FILE_VERSION, "brain.Event:2").toBytes()));
      }
      write(file, record);
    } catch (IOException e) {
      if (!reported) {
        reported = true;
        trouble.accept(
            "%s: events for TensorBoard are lost: %s; the training goes on without them"
                .formatted(path, e.getMessage()));
      }
    }
  }

  private void write(RandomAccessFile file, byte[] record) throws IOException {
    file.seek(end); // over the torn record that a failed write may have left
    file.write(record);
    end += record.length;
  }

  private static byte[] record(byte[] data) {
    byte[] length = littleEndian(Long.BYTES).putLong(data.length).array();
    return littleEndian(length.length + Integer.BYTES + data.length + Integer.BYTES)
        .put(length)
        .putInt(checksum(length))
        .put(data)
        .putInt(checksum(data))
        .array();
  }

  /** Masked, as the format wants it: a CRC of data that hold CRCs would be of little use. */
  private static int checksum(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      // Every record was written when it happened.
    }
  }
}
