package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The events of a run in a file, one JSON object a line: {@code event} (its kind), {@code time} (of
 * writing, UTC) and the event's own numbers.
 *
 * <p>Each line is written at once, so that a killed process leaves at most one torn line, the last,
 * and that one is never read. For one thread. A log that cannot be written does not stop a
 * training: it is reported once and tried again with the next event.
 */
public final class EventLog implements AutoCloseable {
  static final Map<Class<? extends Event>, String> NAMES =
      Arrays.stream(Event.class.getPermittedSubclasses())
          .<Class<? extends Event>>map(kind -> kind.asSubclass(Event.class))
          .collect(
              Collectors.toUnmodifiableMap(
                  kind -> kind, kind -> RecordMaps.snakeCase(kind.getSimpleName())));
  static final Map<String, Class<? extends Record>> KINDS =
      NAMES.entrySet().stream()
          .collect(
              Collectors.toUnmodifiableMap(
                  Map.Entry::getValue, entry -> entry.getKey().asSubclass(Record.class)));

  /**
   * What was written after a checkpoint and belongs to it, or to a process that went on from it.
   */
  private static final List<String> HAPPEN_ONCE =
      Stream.of(
              Event.CheckpointSaved.class,
              Event.Interrupted.class,
              Event.Started.class,
              Event.Resumed.class,
              Event.Warned.class)
          .map(NAMES::get)
          .toList();

  private final Path path;
  private final Consumer<String> trouble;
  private final RandomAccessFile file;
  private final long savedStep;
  private boolean reported;
  private long end;

  private EventLog(Path path, Consumer<String> trouble, RandomAccessFile file, Kept kept) {
    this.path = path;
    this.trouble = trouble;
    this.file = file;
    savedStep = kept.savedStep;
    end = kept.end;
  }

  /**
   * What a log keeps when a training goes on.
   *
   * @param end its length
   * @param savedStep the step of the last checkpoint in it, -1 if there is none
   */
  private record Kept(long end, long savedStep) {
    static final Kept NOTHING = new Kept(0, -1);
  }

  /**
   * Begins a log, or goes on with one from a checkpoint: what happened after it will happen again.
   *
   * @param step the steps done, -1 for a log that begins anew
   * @param bytes the length of the log when the checkpoint was made; -1 if that is not known: then
   *     all events up to the step are kept
   * @param trouble is told when an event cannot be written, once, or when the log was damaged, and
   *     ends before the damage now
   * @throws CheckpointException if the file cannot be opened
   */
  public static EventLog open(Path path, long step, long bytes, Consumer<String> trouble) {
    try {
      Kept kept = Files.isRegularFile(path) ? kept(path, step, bytes, trouble) : Kept.NOTHING;
      RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
      try {
        if (file.length() > kept.end) {
          file.setLength(kept.end);
        }
        return new EventLog(path, trouble, file, kept);
      } catch (IOException e) {
        file.close();
        throw e;
      }
    } catch (IOException e) {
      throw CheckpointException.refused(path, "cannot be opened", e);
    }
  }

  /** The same where the length of the log at the checkpoint is not known. */
  public static EventLog open(Path path, long step, Consumer<String> trouble) {
    return open(path, step, -1, trouble);
  }

  /** Its length so far, which a checkpoint keeps. */
  public long bytes() {
    return end;
  }

  /** The step of the last checkpoint that was in it when it was opened; -1 if there was none. */
  public long savedStep() {
    return savedStep;
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
    if (!Files.exists(path)) {
      throw CheckpointException.refused(
          path, "cannot be read", new NoSuchFileException(path.toString()));
    }
    List<Event> events = new ArrayList<>();
    new EventReader(path).read(NAMES.keySet(), entry -> events.add(entry.event()));
    return events;
  }

  /**
   * The events up to a step, of which those behind the length that the log had at the checkpoint
   * are only kept if they do not happen again.
   */
  private static Kept kept(Path path, long step, long bytes, Consumer<String> trouble)
      throws IOException {
    Kept kept = Kept.NOTHING;
    int number = 1;
    try (EventLines lines = new EventLines(path, 0)) {
      for (Optional<EventLines.Line> next = lines.next(); next.isPresent(); next = lines.next()) {
        Map<String, Object> event = next.get().object();
        Object kind = event.getOrDefault("event", "");
        if (!(event.get("step") instanceof Number at)
            || at.longValue() > step
            || (bytes >= 0 && kept.end >= bytes && !HAPPEN_ONCE.contains(kind))) {
          break;
        }
        kept =
            new Kept(
                next.get().end(),
                kind.equals(NAMES.get(Event.CheckpointSaved.class))
                    ? at.longValue()
                    : kept.savedStep);
        number++;
      }
    } catch (JsonProcessingException e) {
      trouble.accept(
          "%s: line %d is damaged: %s; the log goes on from before it"
              .formatted(path, number, e.getOriginalMessage()));
    }
    return kept;
  }
}
