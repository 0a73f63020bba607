package dev.crema.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells what happens in a training, to its log and to a listener: at once, or, where little time
 * has passed since, together with what follows. Telling is rare and therefore slow, as a step
 * leaves nothing of it in the processor's caches; the second event costs a fifth of the first.
 */
final class Diary implements AutoCloseable {
  /** A chart or a line on the terminal that is this late is not late to the eye. */
  private static final long APART = Duration.ofMillis(200).toNanos();

  private final Run run;
  private final EventLog log;
  private final Consumer<Event> listener;
  private final List<Event> untold = new ArrayList<>();
  private long toldNanos = System.nanoTime();
  private double seconds;

  /**
   * Opens the log of a run.
   *
   * @param step as for {@link EventLog#open}
   * @param bytes as for {@link EventLog#open}
   * @param listener is told each event after it was logged, on the thread that tells
   */
  Diary(Run run, long step, long bytes, Consumer<Event> listener) {
    this.run = run;
    this.listener = listener;
    log =
        EventLog.open(
            run.events(), step, bytes, message -> listener.accept(new Event.Warned(step, message)));
  }

  /** Whose diary it is. */
  Run run() {
    return run;
  }

  /** The length of the log, without what is untold. */
  long bytes() {
    return log.bytes();
  }

  /** Whether the log that it goes on with lacks the checkpoint that was made after this step. */
  boolean lacksSave(long step) {
    return log.savedStep() != step;
  }

  /** An event, to be told soon. */
  void add(Event event) {
    untold.add(event);
  }

  /** Tells what is untold if it is time to. */
  void tellDue() {
    if (!untold.isEmpty() && System.nanoTime() - toldNanos >= APART) {
      tell();
    }
  }

  /** Tells all that is untold. */
  void tell() {
    long begun = System.nanoTime();
    untold.forEach(event -> {
      log.write(event);
      listener.accept(event);
    });
    untold.clear();
    toldNanos = System.nanoTime();
    seconds += (toldNanos - begun) * 1e-9;
  }

  /** How long all telling took so far. */
  double seconds() {
    return seconds;
  }

  /** Tells what is untold, and closes the log. */
  @Override
  public void close() {
    try (log) {
      tell();
    }
  }
}
