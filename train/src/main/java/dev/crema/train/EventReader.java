package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.crema.train.Event.ParameterMeasured;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads a log of events while it grows: each time, what was written since the last. */
public final class EventReader {
  private static final String MEASURED =
      RecordMaps.snakeCase(ParameterMeasured.class.getSimpleName());

  private static final int MAX_PARAMETERS = 10_000;
  private static final int MAX_PARAMETER_CHARACTERS = 1 << 20;

  /** No log has earlier or later events, and milliseconds hold all between. */
  private static final Instant FIRST = Instant.EPOCH;

  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

  private final Path path;

  /** No line is read that begins there or later, in bytes. */
  private final long limit;

  /** Where the next line begins, in bytes, and how many lines were before it. */
  private long position;

  private int lines;

  /** The newest line that was read. */
  private byte[] newest = {};

  /** An event, and when it was written. */
  public record Entry(Instant time, Event event) {}

  /** A reader at the beginning of a log; the file need not exist yet. */
  public EventReader(Path path) {
    this(path, Long.MAX_VALUE);
  }

  private EventReader(Path path, long limit) {
    this.path = path;
    this.limit = limit;
  }

  /**
   * A reader of the beginning of a log; the file need not exist yet.
   *
   * @param bytes how much of it, and to the end of that line
   */
  public static EventReader ofBeginning(Path path, long bytes) {
    return new EventReader(path, bytes);
  }

  /**
   * A reader of the end of a log, at its first whole line there.
   *
   * @param bytes how much of the end, at least 0
   * @throws CheckpointException if the file cannot be read
   */
  public static EventReader ofEnd(Path path, long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes must be 0 or more, got " + bytes);
    }
    EventReader reader = new EventReader(path);
    try {
      RegularFile.check(path, LinkOption.NOFOLLOW_LINKS);
      long begin = Files.size(path) - bytes;
      if (begin > 0) {
        try (EventLines file = new EventLines(path, begin)) {
          file.next().ifPresent(torn -> reader.position = torn.end());
        }
      }
    } catch (IOException e) {
      throw reader.unreadable(e);
    }
    return reader;
  }

  /**
   * The first event of a log, which is {@link Event.Started}; empty if nothing happened yet.
   *
   * @throws CheckpointException if the file cannot be read or its first line is damaged
   */
  public static Optional<Entry> first(Path path) {
    EventReader reader = new EventReader(path);
    if (!reader.exists()) {
      return Optional.empty();
    }
    try (EventLines file = new EventLines(path, 0)) {
      return file.next().flatMap(reader::parse);
    } catch (IOException e) {
      throw reader.unreadable(e);
    }
  }

  /**
   * Whether the log no longer holds what was read: its training was resumed from before that. Then
   * a new reader is needed.
   *
   * @throws CheckpointException if the file cannot be read
   */
  public boolean isStale() {
    if (newest.length == 0) {
      return false;
    }
    try (FileChannel channel = RegularFile.open(path, LinkOption.NOFOLLOW_LINKS)) {
      byte[] now = new byte[newest.length];
      int count = channel.read(ByteBuffer.wrap(now), position - 1 - newest.length);
      return count < newest.length || !Arrays.equals(now, newest);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * The names of the parameters that a training measures, in the order of the layers: all of them
   * each time, so the first time tells. Of more than any network has, the first ten thousand.
   *
   * @throws CheckpointException if the file cannot be read or a line of it is damaged
   */
  public static Set<String> parameters(Path path) {
    Set<String> names = new LinkedHashSet<>();
    AtomicInteger characters = new AtomicInteger();
    new EventReader(path)
        .readUntil(
            line -> line.isOf(MEASURED::equals),
            entry ->
                entry.event instanceof ParameterMeasured measured
                    && (names.size() == MAX_PARAMETERS
                        || characters.addAndGet(measured.parameter().length())
                            > MAX_PARAMETER_CHARACTERS
                        || !names.add(measured.parameter())));
    return names;
  }

  /**
   * Reads on to the end of the file; a torn last line is left for the next time, and events of a
   * kind that this Crema does not know are left out.
   *
   * @param kinds the kinds of events that are wanted; others cost next to nothing
   * @throws CheckpointException if the file cannot be read or a line of it is damaged
   */
  public void read(Collection<Class<? extends Event>> kinds, Consumer<Entry> to) {
    List<String> names = kinds.stream().map(EventLog.NAMES::get).toList();
    readUntil(
        line -> line.isOf(names::contains),
        entry -> {
          if (kinds.contains(entry.event.getClass())) {
            to.accept(entry);
          }
          return false;
        });
  }

  /** Reads on, events of every kind. */
  public void read(Consumer<Entry> to) {
    read(EventLog.NAMES.keySet(), to);
  }

  /** Reads on, only what was measured of one parameter; all else costs next to nothing. */
  public void read(String parameter, Consumer<Entry> to) {
    String object = Json.line(Map.of("parameter", parameter));
    byte[] named = object.substring(1, object.length() - 1).getBytes(StandardCharsets.UTF_8);
    readUntil(
        line -> line.isOf(MEASURED::equals) && line.contains(named),
        entry -> {
          if (entry.event instanceof ParameterMeasured measured
              && measured.parameter().equals(parameter)) {
            to.accept(entry);
          }
          return false;
        });
  }

  /** Reads on, and parses only lines that may be wanted, until one was enough. */
  private void readUntil(Predicate<EventLines.Line> mayBeWanted, Predicate<Entry> enough) {
    if (!exists()) {
      return;
    }
    try (EventLines file = new EventLines(path, position)) {
      boolean isEnough = false;
      while (!isEnough && position < limit) {
        Optional<EventLines.Line> next = file.next();
        if (next.isEmpty()) {
          return;
        }
        EventLines.Line line = next.get();
        isEnough = mayBeWanted.test(line) && parse(line).filter(enough).isPresent();
        lines++;
        position = line.end();
        newest = line.bytes();
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Whether anything has the log's name, and be it a link that leads nowhere. */
  private boolean exists() {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private CheckpointException unreadable(IOException e) {
    return e instanceof EventLines.TooLongException
        ? damaged(e.getMessage(), e)
        : CheckpointException.refused(path, "cannot be read", e);
  }

  private Optional<Entry> parse(EventLines.Line line) {
    try {
      Map<String, Object> object = line.object();
      Class<? extends Record> type = EventLog.KINDS.get(String.valueOf(object.get("event")));
      if (type == null) {
        return Optional.empty();
      }
      Event event = (Event) RecordMaps.fromMap(type, object);
      return Optional.of(new Entry(time(String.valueOf(object.get("time"))), event));
    } catch (JsonProcessingException e) {
      throw damaged(e.getOriginalMessage(), e);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw damaged(e.getMessage(), e);
    }
  }

  private static Instant time(String text) {
    Instant time = Instant.parse(text);
    if (time.isBefore(FIRST) || time.isAfter(LAST)) {
      throw new DateTimeException("expected a `time` of these centuries, got " + text);
    }
    return time;
  }

  private CheckpointException damaged(@Nullable String problem, Exception cause) {
    return new CheckpointException(path, "line " + (lines + 1) + " is damaged: " + problem, cause);
  }
}
