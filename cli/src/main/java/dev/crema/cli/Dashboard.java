package dev.crema.cli;

import dev.crema.train.Event;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Finished;
import dev.crema.train.Event.LossesLogged;
import dev.crema.train.Event.Resumed;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Event.StoppedEarly;
import dev.crema.train.Event.Validated;
import dev.crema.train.Event.Warned;
import dev.crema.train.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What a training looks like in the lines of a terminal: its figures, its curves, its warnings. */
final class Dashboard implements Consumer<Event> {
  /** What kind of line it is, for those who colour them. */
  enum Kind {
    TITLE,
    BAR,
    TEXT,
    CURVE,
    WARNING
  }

  /** A line that is no wider than the terminal. */
  record Line(Kind kind, String text) {}

  /** A curve and what is written above it. */
  private record Panel(String name, Curve curve) {
    String title() {
      return curve.last().isEmpty() ? name : text("%s %.4f", name, curve.last().getAsDouble());
    }
  }

  /** Where two curves have room beside each other. */
  private static final int WIDE = 72;

  private static final int GAP = 2;
  private static final int LOWEST_CURVE = 2;
  private static final int HIGHEST_CURVE = 10;
  private static final int LIVE_NOTES = 3;
  private static final int SUMMARY_CURVE = 6;

  private final LongSupplier nanos;
  private final Curve loss = new Curve();
  private final Curve accuracy = new Curve();
  private final Curve validationLoss = new Curve();
  private final Curve validationAccuracy = new Curve();
  private final List<String> notes = new ArrayList<>();
  private @Nullable Started started;
  private @Nullable Pace pace;
  private @Nullable StepLogged last;
  private @Nullable EpochEnded epoch;
  private @Nullable Finished finished;

  Dashboard(LongSupplier nanos) {
    this.nanos = nanos;
  }

  @Override
  public synchronized void accept(Event event) {
    switch (event) {
      case Started e -> {
        started = e;
        pace = new Pace(e, nanos);
      }
      case StepLogged e -> {
        last = e;
        loss.add(e.step(), e.loss());
        reached(e.step());
      }
      case LossesLogged e -> losses(e);
      case Validated e -> validated(e.step(), e.validation());
      case EpochEnded e -> {
        epoch = e;
        accuracy.add(e.step(), e.train().accuracy());
        e.validation().ifPresent(score -> validated(e.step(), score));
        reached(e.step());
      }
      case Finished e -> finished = e;
      case Warned e -> notes.add("warning: " + e.message());
      case Resumed e -> notes.add(text("goes on from step %,d (%s)", e.step(), e.checkpoint()));
      case StoppedEarly e ->
          notes.add(
              text(
                  "stopped early after epoch %d: epoch %d was the best", e.epoch(), e.bestEpoch()));
      // how it diverged or was interrupted is said where the command ends
      case Event.ParameterMeasured _,
          Event.CheckpointSaved _,
          Event.Diverged _,
          Event.Interrupted _ -> {}
    }
  }

  /** They are more than those that were told at once, which they take the place of. */
  private void losses(LossesLogged e) {
    loss.forgetFrom(e.first());
    e.forEach(loss::add);
  }

  private void validated(long step, Score score) {
    validationLoss.add(step, score.loss());
    validationAccuracy.add(step, score.accuracy());
  }

  private void reached(long step) {
    if (pace != null) {
      pace.reached(step);
    }
  }

  /** What a terminal of this size shows now. */
  synchronized List<Line> frame(int columns, int rows) {
    List<Line> lines = new ArrayList<>();
    title().ifPresent(title -> lines.add(new Line(Kind.TITLE, title)));
    if (pace != null) {
      lines.add(new Line(Kind.BAR, bar(pace.done(), columns)));
    }
    wrap(figures(), columns).forEach(line -> lines.add(new Line(Kind.TEXT, line)));
    List<String> shown = notes.subList(Math.max(0, notes.size() - LIVE_NOTES), notes.size());
    lines.addAll(curves(columns, rows - lines.size() - shown.size(), HIGHEST_CURVE));
    shown.forEach(note -> lines.add(new Line(Kind.WARNING, note)));
    return cut(lines.subList(0, Math.min(lines.size(), rows)), columns);
  }

  /** What remains to be seen of it afterwards: nothing if it never started. */
  synchronized List<Line> summary(int columns) {
    List<Line> lines = new ArrayList<>();
    if (title().isPresent()) {
      lines.add(new Line(Kind.TITLE, title().get()));
      lines.addAll(curves(columns, Integer.MAX_VALUE, SUMMARY_CURVE));
      wrap(outcome(), columns).forEach(line -> lines.add(new Line(Kind.TEXT, line)));
    }
    List<Line> all = new ArrayList<>(cut(lines, columns));
    notes.forEach(note -> all.add(new Line(Kind.WARNING, note))); // whole: nothing says them again
    return all;
  }

  private Optional<String> title() {
    return Optional.ofNullable(started)
        .map(e ->
            text("%s on %s, seed %d, %,d parameters", e.net(), e.data(), e.seed(), e.parameters()));
  }

  private static String bar(double done, int columns) {
    String percent = text(" %3d %%", (int) Math.floor(100 * done));
    int eighths = (int) Math.round(done * 8 * Math.max(0, columns - percent.length()));
    String part = eighths % 8 == 0 ? "" : String.valueOf((char) (0x2590 - eighths % 8));
    String full = "\u2588".repeat(eighths / 8) + part;
    return full
        + "\u00b7".repeat(Math.max(0, columns - percent.length() - full.length()))
        + percent;
  }

  private List<String> figures() {
    List<String> figures = new ArrayList<>();
    if (pace != null) {
      figures.add(pace.where());
      pace.left().ifPresent(left -> figures.add("ETA " + left));
    }
    if (last != null) {
      figures.add(text("loss %.4f", last.loss()));
      figures.add(text("%,.0f images/s", last.imagesPerSecond()));
      figures.add(text("learning rate %.3g", last.lr()));
    }
    return figures;
  }

  private List<String> outcome() {
    List<String> figures = new ArrayList<>();
    if (epoch != null) {
      figures.add(text("epochs %d", epoch.epoch()));
      figures.add(text("steps %,d", epoch.step()));
      figures.add(text("train %s", score(epoch.train())));
      epoch.validation().ifPresent(score -> figures.add("validation " + score(score)));
    }
    if (finished != null) {
      finished.test().ifPresent(score -> figures.add("test " + score(score)));
      figures.add("time " + Pace.clock(Math.round(finished.seconds())));
    }
    if (last != null) {
      figures.add(text("%,.0f images/s", last.imagesPerSecond()));
    }
    return figures;
  }

  private static String score(Score score) {
    return text("%.4f (loss %.4f)", score.accuracy(), score.loss());
  }

  /**
   * As many of the curves as there is room for.
   *
   * @param highest the most lines of a curve
   */
  private List<Line> curves(int columns, int rows, int highest) {
    List<Panel> panels = new ArrayList<>();
    panels.add(new Panel("loss of batches", loss));
    panels.add(new Panel("accuracy of epochs", accuracy));
    if (!validationLoss.isEmpty()) {
      panels.add(new Panel("validation loss", validationLoss));
      panels.add(new Panel("validation accuracy", validationAccuracy));
    }
    panels.removeIf(panel -> panel.curve.isEmpty());
    int across = columns >= WIDE && panels.size() > 1 ? 2 : 1;
    int width = (columns - GAP * (across - 1)) / across;
    long most = (long) across * (rows / (LOWEST_CURVE + 1));
    List<Panel> shown = panels.subList(0, Math.clamp(most, 0, panels.size()));
    if (shown.isEmpty()) {
      return List.of();
    }
    int height = Math.min(highest, rows / Math.ceilDiv(shown.size(), across) - 1);
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < shown.size(); i += across) {
      List<Panel> beside = shown.subList(i, Math.min(i + across, shown.size()));
      lines.add(new Line(Kind.TEXT, beside(beside.stream().map(Panel::title).toList(), width)));
      List<List<String>> drawn =
          beside.stream().map(panel -> panel.curve.draw(width, height)).toList();
      for (int row = 0; row < drawn.getFirst().size(); row++) {
        int at = row;
        lines.add(
            new Line(
                Kind.CURVE, beside(drawn.stream().map(curve -> curve.get(at)).toList(), width)));
      }
    }
    return lines;
  }

  private static String beside(List<String> parts, int width) {
    StringBuilder line = new StringBuilder();
    for (String part : parts) {
      line.append(" ".repeat(line.isEmpty() ? 0 : GAP))
          .append(part)
          .append(" ".repeat(Math.max(0, width - part.length())));
    }
    return line.toString().stripTrailing();
  }

  /** The parts, two blanks between them, in as few lines as they fit in. */
  private static List<String> wrap(List<String> parts, int columns) {
    List<String> lines = new ArrayList<>();
    for (String part : parts) {
      if (!lines.isEmpty() && lines.getLast().length() + 2 + part.length() <= columns) {
        lines.set(lines.size() - 1, lines.getLast() + "  " + part);
      } else {
        lines.add(part);
      }
    }
    return lines;
  }

  private static List<Line> cut(List<Line> lines, int columns) {
    return lines.stream()
        .map(line ->
            line.text.length() <= columns
                ? line
                : new Line(line.kind, line.text.substring(0, columns)))
        .toList();
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
