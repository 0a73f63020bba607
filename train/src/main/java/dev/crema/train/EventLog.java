package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
  static final Map<Class<? extends Event>, String> NAMES = names();
  static final Map<String, Class<? extends Record>> KINDS = kinds();

  private final Path path;
  private final Consumer<String> trouble;
  private final RandomAccessFile file;
  private boolean reported;
  private long end;

  /** A log that goes on in a file that is open. */
  EventLog(Path path, Consumer<String> trouble, RandomAccessFile file, long end) {
    this.path = path;
    this.trouble = trouble;
    this.file = file;
    this.end = end;
  }

  private static Map<Class<? extends Event>, String> names() {
    Map<Class<? extends Event>, String> names = new LinkedHashMap<>();
    for (Class<?> kind : Event.class.getPermittedSubclasses()) {
      names.put(kind.asSubclass(Event.class), RecordMaps.snakeCase(kind.getSimpleName()));
    }
    return Collections.unmodifiableMap(names);
  }

  private static Map<String, Class<? extends Record>> kinds() {
    Map<String, Class<? extends Record>> kinds = new LinkedHashMap<>();
    NAMES.forEach((kind, name) -> kinds.put(name, kind.asSubclass(Record.class)));
    return Collections.unmodifiableMap(kinds);
  }

  /**
   * Begins a log, or goes on with one after the events up to a step: later ones will happen again.
   *
   * @param step the steps done, -1 for a log that begins anew
   * @param trouble is told when an event cannot be written, once, or when the log was damaged, and
   *     ends before the damage now
   * @throws CheckpointException if the file cannot be opened
   */
  public static EventLog open(Path path, long step, Consumer<String> trouble) {
    if (step < -1) {
      throw new IllegalArgumentException("step must be -1 or more, got " + step);
    }
    return open(
        path, trouble, object -> object.get("step") instanceof Number at && at.longValue() <= step);
  }

  /**
   * Goes on with the log of a training that goes on from a checkpoint: after the checkpoint's
   * event, and what was logged of processes that did not get further. What followed will happen
   * again. A process that was killed just after it wrote the checkpoint did not log that; then it
   * is logged now.
   *
   * @param trouble as for {@link #open}
   * @throws CheckpointException if the file cannot be opened
   */
  static EventLog resume(Path path, Event.CheckpointSaved from, Consumer<String> trouble) {
    Resumption kept = new Resumption(from);
    EventLog log = open(path, trouble, kept);
    if (!kept.logged) {
      log.write(from);
    }
    return log;
  }

  /** Keeps the events before a training went on from a checkpoint; it is shown one by one. */
  private static final class Resumption implements Predicate<Map<String, Object>> {
    private static final List<String> OF_PROCESSES =
        List.of(
            NAMES.get(Event.Started.class),
            NAMES.get(Event.Resumed.class),
            NAMES.get(Event.Warned.class),
            NAMES.get(Event.Interrupted.class));

    private final Event.CheckpointSaved from;
    private boolean logged;

    Resumption(Event.CheckpointSaved from) {
      this.from = from;
    }

    @Override
    public boolean test(Map<String, Object> event) {
      String kind = String.valueOf(event.get("event"));
      if (!(event.get("step") instanceof Number step)
          || step.longValue() > from.step()
          || (logged && !OF_PROCESSES.contains(kind))) {
        return false;
      }
      logged |=
          kind.equals(NAMES.get(Event.CheckpointSaved.class))
              && step.longValue() == from.step()
              && event.get("epoch") instanceof Number epoch
              && epoch.intValue() == from.epoch();
      return true;
    }
  }

  private static EventLog open(
      Path path, Consumer<String> trouble, Predicate<Map<String, Object>> kept) {
    try {
      boolean begun = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
      if (begun) {
        RegularFile.check(path, LinkOption.NOFOLLOW_LINKS); // or another file would be written
      }
      long end = begun ? endOf(path, kept, trouble) : 0;
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
    String line =
        Json.line(json -> { // no map of it first: that would take as long again
          json.writeStringField("event", NAMES.get(event.getClass()));
          json.writeStringField("time", Instant.now().toString());
          RecordMaps.write((Record) event, json);
        });
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      file.seek(end); // over the torn line that a failed write may have left
      file.write(bytes);
      end += bytes.length;
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
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw CheckpointException.refused(
          path, "cannot be read", new NoSuchFileException(path.toString()));
    }
    List<Event> events = new ArrayList<>();
    new EventReader(path).read(entry -> events.add(entry.event()));
    return events;
  }

  /** Where the first events, which are kept, end, in bytes. */
  private static long endOf(
      Path path, Predicate<Map<String, Object>> kept, Consumer<String> trouble) throws IOException {
    long end = 0;
    int number = 1;
    try (EventLines lines = new EventLines(path, 0)) {
      for (Optional<EventLines.Line> next = lines.next(); next.isPresent(); next = lines.next()) {
        if (!kept.test(next.get().object())) {
          break;
        }
        end = next.get().end();
        number++;
      }
    } catch (JsonProcessingException e) {
      trouble.accept(damaged(path, number, e.getOriginalMessage()));
    } catch (EventLines.TooLongException e) {
      trouble.accept(damaged(path, number, e.getMessage()));
    }
    return end;
  }

  private static String damaged(Path path, int line, @Nullable String problem) {
    return "%s: line %s is damaged: %s; the log goes on from before it"
        .formatted(path, line, problem);
  }
}
