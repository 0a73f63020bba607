package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The whole lines of a log of events, one after the other; a torn last one is none. */
final class EventLines implements AutoCloseable {
  private static final byte[] BEGIN = "{\"event\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final int CHUNK = 1 << 16;

  /** More than any line that is written: the longest have the losses of many batches. */
  private static final int MAX_LINE_BYTES = 1 << 22;

  private final FileChannel channel;
  private byte[] buffer = new byte[CHUNK];

  /** The part of the buffer that is not handed out yet, and the first byte not looked at. */
  private int from;

  private int to;
  private int at;

  /** Where {@link #to} lies in the file. */
  private long end;

  /**
   * A line, without its newline.
   *
   * @param end where the next line begins in the file, in bytes
   */
  record Line(byte[] bytes, long end) {
    /**
     * Whether its event is of a kind, without parsing the line; true, too, if it does not begin as
     * we write them.
     */
    boolean isOf(Predicate<String> kind) {
      if (!Arrays.equals(bytes, 0, Math.min(BEGIN.length, bytes.length), BEGIN, 0, BEGIN.length)) {
        return true;
      }
      int quote = BEGIN.length;
      while (quote < bytes.length && bytes[quote] != '"') {
        quote++;
      }
      return kind.test(
          new String(bytes, BEGIN.length, quote - BEGIN.length, StandardCharsets.UTF_8));
    }

    /** Whether these bytes are in it. */
    boolean contains(byte[] wanted) {
      for (int i = 0; i + wanted.length <= bytes.length; i++) {
        if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
          return true;
        }
      }
      return false;
    }

    Map<String, Object> object() throws JsonProcessingException {
      return Json.object(new String(bytes, StandardCharsets.UTF_8));
    }
  }

  /** A line that is too long to be an event. */
  static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1;

    private TooLongException() {
      super("expected at most " + MAX_LINE_BYTES + " bytes, got more");
    }
  }

  /**
   * Opens a log.
   *
   * @param position where its first line begins, in bytes
   */
  EventLines(Path path, long position) throws IOException {
    channel = RegularFile.open(path, LinkOption.NOFOLLOW_LINKS);
    end = position;
  }

  /**
   * The next whole line.
   *
   * @throws TooLongException if it is too long to be an event
   */
  Optional<Line> next() throws IOException {
    while (true) {
      for (; at < to; at++) {
        if (buffer[at] == '\n') {
          byte[] bytes = Arrays.copyOfRange(buffer, from, at);
          from = ++at;
          return Optional.of(new Line(bytes, end - (to - at)));
        }
      }
      if (!fill()) {
        return Optional.empty();
      }
    }
  }

  private boolean fill() throws IOException {
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      at -= from;
      from = 0;
    }
    if (to == buffer.length) {
      if (to > MAX_LINE_BYTES) {
        throw new TooLongException();
      }
      buffer = Arrays.copyOf(buffer, Math.min(2 * to, MAX_LINE_BYTES + 1)); // with its newline
    }
    int count = channel.read(ByteBuffer.wrap(buffer, to, buffer.length - to), end);
    if (count <= 0) {
      return false;
    }
    to += count;
    end += count;
    return true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
