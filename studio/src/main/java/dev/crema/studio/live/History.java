package dev.crema.studio.live;

import dev.crema.train.Event;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Finished;
import dev.crema.train.Event.LossesLogged;
import dev.crema.train.Event.ParameterMeasured;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Event.Validated;
import dev.crema.train.Event.Warned;
import dev.crema.train.EventReader;
import dev.crema.train.Run;
import dev.crema.train.Score;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The figures of a run as they came, read on with each question. Kinds of events that nobody asked
 * for are not read.
 */
final class History {
  /**
   * Which events tell metrics; of those that measure parameters, each parameter's by themselves.
   */
  private sealed interface Source {
    void read(EventReader reader, Consumer<EventReader.Entry> to);

    static Source of(String metric) {
      int slash = metric.indexOf('/');
      return switch (metric.substring(0, slash)) {
        case "batch" -> Family.BATCHES;
        case UPDATE_RATIO, DEVIATION -> new Parameter(metric.substring(slash + 1));
        default -> Family.EPOCHS;
      };
    }
  }

  private enum Family implements Source {
    BATCHES(StepLogged.class, LossesLogged.class),
    EPOCHS(EpochEnded.class, Validated.class, Finished.class, Warned.class);

    private final List<Class<? extends Event>> kinds;

    @SafeVarargs
    @SuppressWarnings("varargs")
    Family(Class<? extends Event>... kinds) {
      this.kinds =
          Stream.<Class<? extends Event>>concat(Stream.of(Started.class), Stream.of(kinds))
              .toList();
    }

    @Override
    public void read(EventReader reader, Consumer<EventReader.Entry> to) {
      reader.read(kinds, to);
    }
  }

  private record Parameter(String name) implements Source {
    @Override
    public void read(EventReader reader, Consumer<EventReader.Entry> to) {
      reader.read(name, to);
    }
  }

  private static final String UPDATE_RATIO = "update_ratio";
  private static final String DEVIATION = "deviation";

  private final Run run;
  private final Map<Source, Part> parts = new LinkedHashMap<>();

  /** To be known while a long log is being read. */
  private volatile int points;

  /** What the events of one source told so far. */
  private static final class Part {
    private static final int MAX_WARNINGS = 100;

    private final EventReader reader;
    private final Map<String, Column> columns = new LinkedHashMap<>();

    /** When what step was told, in milliseconds. */
    private final NavigableMap<Long, Long> times = new TreeMap<>();

    private final List<String> warnings = new ArrayList<>();
    private long began;
    private long stepsPerEpoch = 1;

    Part(EventReader reader) {
      this.reader = reader;
    }

    void accept(EventReader.Entry entry) {
      Event event = entry.event();
      if (event instanceof Started started) {
        began = times.isEmpty() ? entry.time().toEpochMilli() : began;
        stepsPerEpoch = Math.max(1, started.stepsPerEpoch());
      }
      if (times.size() < Column.MOST) {
        times.put(event.step(), entry.time().toEpochMilli());
      }
      switch (event) {
        case StepLogged e -> {
          add("batch/loss", e.step(), e.loss());
          add("batch/lr", e.step(), e.lr());
          add("batch/images_per_second", e.step(), e.imagesPerSecond());
        }
        case LossesLogged e -> e.forEach((step, loss) -> add("batch/loss", step, loss));
        case EpochEnded e -> {
          add("train", e.step(), e.train());
          e.validation().ifPresent(score -> add("validation", e.step(), score));
          e.test().ifPresent(score -> add("test", e.step(), score));
          add("epoch/seconds", e.step(), e.seconds());
        }
        case Validated e -> add("validation", e.step(), e.validation());
        case Finished e -> e.test().ifPresent(score -> add("test", e.step(), score));
        case ParameterMeasured e -> {
          e.updateRatio()
              .ifPresent(ratio -> add(UPDATE_RATIO + "/" + e.parameter(), e.step(), ratio));
          add(DEVIATION + "/" + e.parameter(), e.step(), e.deviation());
        }
        case Warned e -> {
          if (warnings.size() < MAX_WARNINGS) {
            warnings.add(Failure.shortened(e.message()));
          }
        }
        default -> {}
      }
    }

    private void add(String role, long step, Score score) {
      add(role + "/loss", step, score.loss());
      add(role + "/accuracy", step, score.accuracy());
    }

    private void add(String metric, long step, double value) {
      columns.computeIfAbsent(metric, _ -> new Column()).add(step, value);
    }

    /** When a step was done, as far as the log tells. */
    double time(long step) {
      Map.Entry<Long, Long> before = times.floorEntry(step);
      Map.Entry<Long, Long> after = times.ceilingEntry(step);
      if (before == null || after == null) {
        return before == null ? began : before.getValue();
      }
      long steps = after.getKey() - before.getKey();
      double share = steps == 0 ? 0 : (double) (step - before.getKey()) / steps;
      return before.getValue() + share * (after.getValue() - before.getValue());
    }

    double x(Axis axis, long step) {
      return switch (axis) {
        case STEP -> step;
        case EPOCH -> (double) step / stepsPerEpoch;
        case SECONDS -> (time(step) - began) / 1000;
        case TIME -> time(step);
      };
    }

    int points() {
      return times.size() + columns.values().stream().mapToInt(Column::size).sum();
    }
  }

  History(Run run) {
    this.run = run;
  }

  /** Reads something of everything, to be compiled before anybody waits for it. */
  synchronized void readAhead() {
    metrics();
    parameters().stream().limit(6).map(Parameter::new).forEach(this::current);
  }

  /** The names of all metrics that there are. */
  synchronized List<String> metrics() {
    List<String> names = new ArrayList<>();
    for (Family family : Family.values()) {
      names.addAll(current(family).columns.keySet());
    }
    for (String parameter : parameters()) {
      names.add(UPDATE_RATIO + "/" + parameter);
      names.add(DEVIATION + "/" + parameter);
    }
    return names;
  }

  /** The names of the parameters that were measured, in the order of the layers. */
  Set<String> parameters() {
    return EventReader.parameters(run.events());
  }

  /** What the training survived. */
  synchronized List<String> warnings() {
    return List.copyOf(current(Family.EPOCHS).warnings);
  }

  /**
   * All points of a metric between two places.
   *
   * @param metric such as {@code train/loss}
   */
  synchronized Series series(String metric, Axis axis, double from, double to) {
    Source source = Source.of(metric);
    if (source instanceof Parameter(String name)
        && !parts.containsKey(source)
        && !parameters().contains(name)) {
      return Series.EMPTY; // made-up names must take no memory
    }
    Part part = current(source);
    Column column = part.columns.get(metric);
    if (column == null) {
      return Series.EMPTY;
    }
    int begin = first(part, column, axis, from);
    int end = begin;
    while (end < column.size() && part.x(axis, column.step(end)) <= to) {
      end++;
    }
    int n = end - begin;
    Series series = new Series(new long[n], new double[n], new double[n], n);
    for (int i = 0; i < n; i++) {
      series.steps()[i] = column.step(begin + i);
      series.xs()[i] = part.x(axis, column.step(begin + i));
      series.ys()[i] = column.value(begin + i);
    }
    return series;
  }

  /**
   * The places of a series' points on another axis.
   *
   * @param series of the same metric
   */
  synchronized double[] xs(String metric, Axis axis, Series series) {
    if (series.steps().length == 0) {
      return new double[0]; // maybe of a metric that is not there
    }
    Part part = current(Source.of(metric));
    return Arrays.stream(series.steps()).mapToDouble(step -> part.x(axis, step)).toArray();
  }

  private static int first(Part part, Column column, Axis axis, double from) {
    int begin = 0;
    while (begin < column.size() && part.x(axis, column.step(begin)) < from) {
      begin++;
    }
    return begin;
  }

  /** How much is in memory, without waiting for what is being read. */
  int points() {
    return points;
  }

  private Part current(Source source) {
    Part part = parts.get(source);
    if (part == null || part.reader.isStale()) {
      part = new Part(new EventReader(run.events()));
      parts.put(source, part);
    }
    if (part.times.isEmpty()) {
      EventReader.first(run.events()).ifPresent(part::accept); // not every source tells it
    }
    source.read(part.reader, part::accept);
    points = parts.values().stream().mapToInt(Part::points).sum();
    return part;
  }
}
