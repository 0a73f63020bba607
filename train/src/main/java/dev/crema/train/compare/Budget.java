package dev.crema.train.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.data.Dataset;
import dev.crema.engine.Engine;
import dev.crema.train.AtomicFile;
import dev.crema.train.Benchmark;
import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Experiment;
import dev.crema.train.Training;
import dev.crema.train.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Equal seconds as epochs: each network trains as many whole epochs as fit into the seconds.
 *
 * <p>So schedules know their end, and runs end in the same bits on any machine. How fast the
 * networks are is measured once and kept beside the runs, or else a comparison that goes on would
 * not find its own.
 *
 * @param folder where the runs are
 * @param seconds of training
 */
public record Budget(Path folder, double seconds) {
  private static final double TIMING_SECONDS = 2;
  private static final String THREADS = " threads\n";

  public Budget {
    if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("seconds must be more than 0 and finite, got " + seconds);
    }
  }

  /**
   * The contender with the epochs that it has time for, 1 at least.
   *
   * @throws CheckpointException if the file {@code speeds.json} in the folder is damaged or cannot
   *     be written
   */
  public Contender of(Contender contender, Dataset data, int threads) {
    Training training = contender.experiment().training();
    double imagesPerSecond = imagesPerSecond(contender.experiment(), data, threads);
    Dataset used = contender.experiment().feed().select(data, training.seed());
    double images = (1 - training.validation()) * used.train().count();
    double epochs = Math.max(1, Math.min(1e6, Math.floor(seconds * imagesPerSecond / images)));
    return new Contender(
        contender.label(),
        contender.experiment().training(training.epochs((int) epochs)),
        contender.graph());
  }

  /**
   * How many images a second an experiment trains on here, as it was measured once.
   *
   * @throws CheckpointException if the file {@code speeds.json} in the folder is damaged or cannot
   *     be written
   */
  public double imagesPerSecond(Experiment experiment, Dataset data, int threads) {
    Training training = experiment.training().seed(0).epochs(1);
    String key = threads + THREADS + experiment.training(training).text();
    Map<String, Object> speeds = speeds();
    Optional<Double> known = known(speeds, key);
    if (known.isPresent()) {
      return checked(known.get());
    }
    double measured = checked(measure(experiment, data, threads));
    speeds.put(key, measured);
    write(speeds);
    return measured;
  }

  private double checked(double speed) {
    if (!(speed > 0 && speed < Double.POSITIVE_INFINITY)) {
      throw new CheckpointException(
          file(),
          "expected images a second, more than 0, got " + speed + "; delete it to time anew");
    }
    return speed;
  }

  private static Optional<Double> known(Map<String, Object> speeds, String key) {
    Object wanted = meaning(key);
    return speeds.entrySet().stream()
        .filter(speed -> meaning(speed.getKey()).equals(wanted))
        .map(Map.Entry::getValue)
        .filter(Number.class::isInstance)
        .map(speed -> ((Number) speed).doubleValue())
        .findFirst();
  }

  /** The threads and what the experiment says: older versions wrote its keys in any order. */
  private static Object meaning(String key) {
    int end = key.indexOf(THREADS);
    try {
      return end < 0
          ? key
          : List.of(
              key.substring(0, end),
              Yaml.parse("speeds.json", key.substring(end + THREADS.length())).value());
    } catch (ConfigurationException e) {
      return key;
    }
  }

  private static double measure(Experiment experiment, Dataset data, int threads) {
    try (Engine engine = new Engine(threads)) {
      return Benchmark.training(experiment, data.train(), engine, TIMING_SECONDS);
    }
  }

  private Path file() {
    return folder.resolve("speeds.json");
  }

  private Map<String, Object> speeds() {
    if (!Files.exists(file())) {
      return new TreeMap<>();
    }
    try {
      return new TreeMap<>(JSON.std.mapFrom(Files.readString(file())));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          file(),
          "expected one JSON object: " + e.getOriginalMessage() + "; delete it to time anew",
          e);
    } catch (IOException e) {
      throw new CheckpointException(file(), "cannot be read: " + e.getMessage(), e);
    }
  }

  private void write(Map<String, Object> speeds) {
    try {
      Files.createDirectories(folder);
      String text = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(speeds) + "\n";
      AtomicFile.write(file(), text);
    } catch (IOException e) {
      throw new CheckpointException(file(), "cannot be written: " + e.getMessage(), e);
    }
  }
}
