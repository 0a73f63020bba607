package dev.crema.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
   * @param from the checkpoint that the run goes on from; empty if it begins
   * @param listener is told each event after it was logged, on the thread that tells
   */
  Diary(Run run, Optional<Event.CheckpointSaved> from, Consumer<Event> listener) {
    this.run = run;
    this.listener = listener;
    long step = from.map(Event.CheckpointSaved::step).orElse(0L);
    Consumer<String> trouble = message -> listener.accept(new Event.Warned(step, message));
    log =
        from.isPresent()
            ? EventLog.resume(run.events(), from.get(), trouble)
            : EventLog.open(run.events(), -1, trouble);
  }

  /** Whose diary it is. */
  Run run() {
    return run;
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
