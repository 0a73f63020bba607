package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The events of a run in a file, one JSON object a line: {@code event} (its kind), {@code time} (of
 * writing, UTC) and the event's own numbers.
 *
 * <p>Each line is written at once, so that a killed process leaves at most one torn line, the last,
 * and that one is never read. For one thread. A log that cannot be written does not stop a
 * training: it is reported once and tried again with the next event.
 */
public final class EventLog implements AutoCloseable {
  private static final Map<Class<?>, String> NAMES =
      Arrays.stream(Event.class.getPermittedSubclasses())
          .collect(
              Collectors.toUnmodifiableMap(
                  kind -> kind, kind -> RecordMaps.snakeCase(kind.getSimpleName())));
  private static final Map<String, Class<? extends Record>> KINDS =
      NAMES.entrySet().stream()
          .collect(
              Collectors.toUnmodifiableMap(
                  Map.Entry::getValue, entry -> entry.getKey().asSubclass(Record.class)));

  private final Path path;
  private final Consumer<String> trouble;
  private final RandomAccessFile file;
  private boolean reported;
  private long end;

  private EventLog(Path path, Consumer<String> trouble, RandomAccessFile file, long end) {
    this.path = path;
    this.trouble = trouble;
    this.file = file;
    this.end = end;
  }

  /**
   * Begins a log, or goes on with one after the events up to a step: later ones will happen again.
   * So an event of the very step of a checkpoint must be written before the checkpoint is.
   *
   * @param step the steps done, -1 for a log that begins anew
   * @param trouble is told when an event cannot be written, once, or when the log was damaged, and
   *     ends before the damage now
   * @throws CheckpointException if the file cannot be opened
   */
  public static EventLog open(Path path, long step, Consumer<String> trouble) {
    try {
      long end = Files.isRegularFile(path) ? endOf(path, step, trouble) : 0;
      RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
      try {
        if (file.length() > end) {
          file.setLength(end);
        }
        return new EventLog(path, trouble, file, end);
      } catch (IOException e) {
        file.close();
        throw e;
      }
    } catch (IOException e) {
      throw CheckpointException.refused(path, "cannot be opened", e);
    }
  }

  /** Appends an event. */
  public void write(Event event) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("event", NAMES.get(event.getClass()));
    map.put("time", Instant.now().toString());
    map.putAll(RecordMaps.toMap((Record) event));
    byte[] line = (Json.line(map) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      file.seek(end); // over the torn line that a failed write may have left
      file.write(line);
      end += line.length;
    } catch (IOException e) {
      if (!reported) {
        reported = true;
        trouble.accept(
            path + ": events are lost: " + e.getMessage() + "; the training goes on without them");
      }
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      // Every event was written when it happened.
    }
  }

  /**
   * The events in a file; of a kind that this Crema does not know, and a torn last line, are left
   * out.
   *
   * @throws CheckpointException if the file cannot be read or another line of it is damaged
   */
  public static List<Event> read(Path path) {
    try {
      List<Event> events = new ArrayList<>();
      List<Line> lines =
          lines(
              path,
              damage -> {
                throw damage;
              });
      for (int i = 0; i < lines.size(); i++) {
        parse(path, i + 1, lines.get(i)).ifPresent(events::add);
      }
      return events;
    } catch (IOException e) {
      throw CheckpointException.refused(path, "cannot be read", e);
    }
  }

  private record Line(Map<String, Object> object, long end) {}

  /** Where the events up to a step end, in bytes. */
  private static long endOf(Path path, long step, Consumer<String> trouble) throws IOException {
    long end = 0;
    List<Line> lines =
        lines(
            path,
            damage -> trouble.accept(damage.getMessage() + "; the log goes on from before it"));
    for (Line line : lines) {
      if (!(line.object.get("step") instanceof Number at) || at.longValue() > step) {
        break;
      }
      end = line.end;
    }
    return end;
  }

  private static List<Line> lines(Path path, Consumer<CheckpointException> damage)
      throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    List<Line> lines = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '\n') {
        continue; // and without its newline the last line is torn
      }
      try {
        String text = new String(bytes, begin, i - begin, StandardCharsets.UTF_8);
        lines.add(new Line(Json.object(text), i + 1));
      } catch (JsonProcessingException e) {
        damage.accept(damaged(path, lines.size() + 1, e.getOriginalMessage(), e));
        return lines;
      }
      begin = i + 1;
    }
    return lines;
  }

  private static Optional<Event> parse(Path path, int number, Line line) {
    Class<? extends Record> type = KINDS.get(String.valueOf(line.object.get("event")));
    if (type == null) {
      return Optional.empty();
    }
    try {
      return Optional.of((Event) RecordMaps.fromMap(type, line.object));
    } catch (IllegalArgumentException e) {
      throw damaged(path, number, e.getMessage(), e);
    }
  }

  private static CheckpointException damaged(
      Path path, int number, @Nullable String problem, Exception cause) {
    return new CheckpointException(path, "line " + number + " is damaged: " + problem, cause);
  }
}
