package dev.crema.cli;

import dev.crema.train.Event;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Interrupted;
import dev.crema.train.Event.Resumed;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Event.StoppedEarly;
import dev.crema.train.Event.Warned;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows a training on standard error: one line per epoch, and on a terminal a live line below them.
 * Without colours.
 */
final class Progress implements Display {
  private static final long REDRAW_NANOS = Duration.ofMillis(200).toNanos();

  private final PrintWriter err;
  private final boolean live;
  private final LongSupplier nanos;

  private @Nullable Started started;
  private @Nullable Pace pace;
  private long drawnNanos;

  /** The letters of the live line, 0 when there is none. */
  private int drawn;

  /**
   * @param err where it writes: {@code spec.commandLine().getErr()}
   */
  Progress(PrintWriter err) {
    this(err, Terminal.live(), System::nanoTime);
  }

  Progress(PrintWriter err, boolean live, LongSupplier nanos) {
    this.err = err;
    this.live = live;
    this.nanos = nanos;
  }

  @Override
  public synchronized void accept(Event event) {
    switch (event) {
      case Started e -> {
        started = e;
        pace = new Pace(e, nanos);
      }
      case Resumed e -> line("goes on from step %,d (%s)", e.step(), e.checkpoint());
      case StepLogged e -> step(e);
      case EpochEnded e -> epoch(e);
      case Warned e -> line("warning: %s", e.message());
      case StoppedEarly e ->
          line("stopped early after epoch %d: epoch %d was the best", e.epoch(), e.bestEpoch());
      case Interrupted e -> line("interrupted after step %,d, and saved", e.step());
      case Event.LossesLogged _, Event.ParameterMeasured _ -> {} // many, and for reports
      // how it diverged is said where the command ends
      case Event.Validated _, Event.CheckpointSaved _, Event.Finished _, Event.Diverged _ ->
          clear();
    }
  }

  /** Clears the live line. */
  @Override
  public synchronized void close() {
    clear();
    err.flush();
  }

  private void step(StepLogged e) {
    if (pace != null) {
      pace.reached(e.step());
    }
    long now = nanos.getAsLong();
    if (!live || (drawn > 0 && now - drawnNanos < REDRAW_NANOS)) {
      return;
    }
    drawnNanos = now;
    draw(
        (pace == null ? text("epoch %d  step %,d", e.epoch() + 1, e.step()) : pace.where())
            + text("  loss %.4f", e.loss())
            + text("  %,.0f images/s", e.imagesPerSecond())
            + Optional.ofNullable(pace)
                .flatMap(Pace::left)
                .map(left -> "  ETA " + left)
                .orElse(""));
  }

  /** Formats once: each time costs a small network a thousandth of its epoch. */
  private void epoch(EpochEnded e) {
    StringBuilder format = new StringBuilder("epoch %d");
    List<Object> values = new ArrayList<>(List.of(e.epoch()));
    if (started != null) {
      format.append("/%d");
      values.add(started.epochs());
    }
    format.append("  loss %.4f  accuracy %.4f");
    values.addAll(List.of(e.train().loss(), e.train().accuracy()));
    e.validation()
        .ifPresent(score -> {
          format.append("  validation %.4f");
          values.add(score.accuracy());
        });
    e.test()
        .ifPresent(score -> {
          format.append("  test %.4f");
          values.add(score.accuracy());
        });
    format.append("  %.1f s");
    values.add(e.seconds());
    if (started != null && e.seconds() > 0) {
      format.append("  %,.0f images/s");
      values.add((double) started.stepsPerEpoch() * started.batch() / e.seconds());
    }
    line(format.toString(), values.toArray());
  }

  private void line(String format, Object... values) {
    clear();
    err.println(text(format, values));
    err.flush();
  }

  private void draw(String line) {
    err.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
    err.flush();
    drawn = line.length();
  }

  private void clear() {
    if (drawn > 0) {
      err.print("\r" + " ".repeat(drawn) + "\r");
      err.flush();
      drawn = 0;
    }
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
