package dev.crema.studio.live;

import dev.crema.train.Event;
import dev.crema.train.Event.Diverged;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Finished;
import dev.crema.train.Event.Interrupted;
import dev.crema.train.Event.LossesLogged;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Event.StoppedEarly;
import dev.crema.train.Event.Validated;
import dev.crema.train.EventReader;
import dev.crema.train.Run;
import dev.crema.train.Score;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the list says of a run. Of its log only the beginning and the end are read, however long it
 * is.
 *
 * @param version another one whenever anything of the run has changed
 * @param started when it began, in milliseconds since 1970
 * @param figures by their JSON names
 */
record Summary(String id, Run run, String version, long started, Map<String, Object> figures) {
  /** How much of the end of a log is read: little, or else much, as parameters take room. */
  private static final long END = 1 << 14;

  private static final long LONG_END = 1 << 21;
  private static final List<Class<? extends Event>> NEWS =
      List.of(
          Started.class,
          StepLogged.class,
          LossesLogged.class,
          EpochEnded.class,
          Validated.class,
          StoppedEarly.class,
          Diverged.class,
          Interrupted.class,
          Finished.class);

  static Summary of(String id, Run run) {
    String version = version(run);
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("id", id);
    figures.put("name", String.valueOf(run.folder().getFileName()));
    figures.put("version", version);
    long started = 0;
    try {
      describe(run, figures);
      Optional<EventReader.Entry> first = EventReader.first(run.events());
      started =
          first
              .map(entry -> entry.time().toEpochMilli())
              .orElseGet(() -> modified(run.experiment()));
      first.ifPresent(entry -> add(entry.event(), figures));
      addNews(run, figures);
      run.results().ifPresent(results -> addResults(results, figures));
      figures.put("tags", run.tags());
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      // whatever is wrong with the files of a run is said of that run alone
      figures.put("status", "damaged");
      figures.put("problem", Failure.text(e));
    }
    figures.put("started", started);
    return new Summary(id, run, version, started, figures);
  }

  /** The same, read again if anything has changed. */
  Summary renewed() {
    return version.equals(version(run)) ? this : of(id, run);
  }

  String name() {
    return String.valueOf(figures.get("name"));
  }

  /** The seed, or nothing where the experiment is damaged. */
  String seed() {
    return String.valueOf(figures.getOrDefault("seed", ""));
  }

  boolean isRunning() {
    return "running".equals(figures.get("status"));
  }

  /**
   * All that the experiment says, by the paths of its keys.
   *
   * @throws ConfigurationException if it is damaged
   */
  static Map<String, String> settings(Run run) {
    return run.experimentYaml().leaves();
  }

  private static void describe(Run run, Map<String, Object> figures) {
    Map<String, String> settings = settings(run);
    putIfThere(figures, "net", settings.get("name"));
    putIfThere(figures, "data", settings.get("data.name"));
    putIfThere(figures, "seed", settings.get("seed"));
    Map<String, String> seedless = new TreeMap<>(settings); // keys may be in any order in a file
    seedless.remove("seed");
    figures.put("group", Shelf.hash(seedless.toString()));
  }

  private static void addNews(Run run, Map<String, Object> figures) {
    Map<Class<? extends Event>, Event> newest = newest(run, END);
    if (!newest.containsKey(EpochEnded.class) && size(run.events()) > END) {
      newest = newest(run, LONG_END);
    }
    Stream.of(StepLogged.class, EpochEnded.class, Validated.class, Finished.class)
        .map(newest::get)
        .filter(event -> event != null)
        .forEach(event -> add(event, figures));
    newest.values().stream()
        .mapToLong(Event::step)
        .max()
        .ifPresent(step -> figures.put("step", step));
    boolean running = run.holder().isPresent();
    figures.put(
        "status",
        run.isFinished()
            ? "finished"
            : newest.containsKey(Diverged.class)
                ? "diverged"
                : running
                    ? "running"
                    : newest.containsKey(Interrupted.class) ? "interrupted" : "stopped");
    figures.put("updated", Math.max(modified(run.events()), modified(run.experiment())));
  }

  /** The newest event of each kind at the end of the log; a new start makes older ends void. */
  private static Map<Class<? extends Event>, Event> newest(Run run, long bytes) {
    Map<Class<? extends Event>, Event> newest = new LinkedHashMap<>();
    if (Files.exists(run.events(), LinkOption.NOFOLLOW_LINKS)) {
      EventReader.ofEnd(run.events(), bytes)
          .read(
              NEWS,
              entry -> {
                if (entry.event() instanceof Started) {
                  newest.keySet().removeAll(List.of(Interrupted.class, Diverged.class));
                }
                newest.put(entry.event().getClass(), entry.event());
              });
    }
    return newest;
  }

  private static void add(Event event, Map<String, Object> figures) {
    switch (event) {
      case Started e -> {
        figures.put("epochs", e.epochs());
        figures.put("batch", e.batch());
        figures.put("threads", e.threads());
        figures.put("steps", e.epochs() * e.stepsPerEpoch());
        figures.put("parameters", e.parameters());
      }
      case StepLogged e -> {
        put(figures, "loss", e.loss());
        put(figures, "imagesPerSecond", e.imagesPerSecond());
      }
      case EpochEnded e -> {
        figures.put("epoch", e.epoch());
        put(figures, "train", e.train());
        e.validation().ifPresent(score -> put(figures, "validation", score));
      }
      case Validated e -> put(figures, "validation", e.validation());
      case Finished e -> e.test().ifPresent(score -> put(figures, "test", score));
      default -> {}
    }
  }

  private static void addResults(Map<String, Object> results, Map<String, Object> figures) {
    addResult(results, "train_seconds", figures, "seconds");
    addResult(results, "images_per_second", figures, "imagesPerSecond");
    addResult(results, "multiply_adds", figures, "multiplyAdds");
    addResult(results, "validation_loss", figures, "validationLoss");
    addResult(results, "validation_accuracy", figures, "validationAccuracy");
    addResult(results, "test_loss", figures, "testLoss");
    addResult(results, "test_accuracy", figures, "testAccuracy");
  }

  private static void addResult(
      Map<String, Object> results, String from, Map<String, Object> figures, String to) {
    if (results.get(from) instanceof Number number) {
      put(figures, to, number.doubleValue());
    }
  }

  private static void put(Map<String, Object> figures, String role, Score score) {
    put(figures, role + "Loss", score.loss());
    put(figures, role + "Accuracy", score.accuracy());
  }

  /** JSON has no other numbers. */
  private static void put(Map<String, Object> figures, String name, double value) {
    if (Double.isFinite(value)) {
      figures.put(name, value);
    }
  }

  private static void putIfThere(Map<String, Object> figures, String name, @Nullable String value) {
    if (value != null) {
      figures.put(name, Failure.shortened(value));
    }
  }

  private static String version(Run run) {
    return run.signs().stream()
        .map(file -> Long.toString(size(file), 36) + "." + Long.toString(modified(file), 36))
        .collect(Collectors.joining("-", run.holder().isPresent() ? "r" : "s", ""));
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0; // it went away just now
    }
  }

  private static long modified(Path file) {
    try {
      return Files.exists(file) ? Files.getLastModifiedTime(file).toMillis() : 0;
    } catch (IOException e) {
      return 0; // it went away just now
    }
  }
}
