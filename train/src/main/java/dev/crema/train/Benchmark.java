package dev.crema.train;

import dev.crema.data.Batch;
import dev.crema.data.Images;
import dev.crema.data.Loader;
import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import dev.crema.nn.Graph;
import dev.crema.nn.Mode;
import dev.crema.nn.Pass;
import dev.crema.nn.Profile;
import dev.crema.nn.Program;
import dev.crema.nn.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Times whole training steps: from bytes in memory to changed weights. */
public final class Benchmark {
  private static final int MAX_STEPS = 1 << 16;
  private static final int MIN_STEPS = 10;

  /** A day. */
  private static final int LONGEST_SECONDS = 24 * 60 * 60;

  private static final int CLASSES = 10;
  private static final int BATCHES = 4;
  private static final Key KEY = Key.of(1);

  private final String name;
  private final int threads;
  private final Program program;
  private final Optimizer optimizer;
  private final byte[][] images;
  private final int[] labels;

  /**
   * What was measured.
   *
   * @param imagesPerSecond at the median step
   * @param gflops billions of operations per second at the median step
   * @param peakGflops what a plain matrix product reached in the same run
   * @param warmupSeconds from the start of compilation to the first step at full speed
   */
  public record Figures(
      String net,
      int batch,
      int threads,
      double imagesPerSecond,
      double gflops,
      double peakGflops,
      long plannedBytes,
      double warmupSeconds) {

    /** The figures by their JSON names. */
    public Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("net", net);
      map.put("batch", batch);
      map.put("threads", threads);
      map.put("images_per_second", imagesPerSecond);
      map.put("gflops", gflops);
      map.put("peak_gflops", peakGflops);
      map.put("peak_fraction", gflops / peakGflops);
      map.put("planned_bytes", plannedBytes);
      map.put("warmup_seconds", warmupSeconds);
      return map;
    }
  }

  /**
   * Where the time of a step goes.
   *
   * @param seconds of a step, of all threads together
   * @param gflops billions of operations per second and thread; 0 where operations are not counted
   * @param bytes of a step, each value, gradient and parameter once; 0 where they are not counted
   */
  public record Part(
      Profile.Label label, double seconds, double share, double gflops, double bytes) {}

  /**
   * A whole measurement.
   *
   * @param parts of a step, by layers
   */
  public record Profiled(Figures figures, List<Part> parts) {}

  /**
   * Trains on random images for a while; the weights and the data mean nothing.
   *
   * @param seconds how long, more than 0
   * @param peakGflops of the machine, more than 0
   */
  public static Figures run(
      Experiment experiment, Shape input, Engine engine, double seconds, double peakGflops) {
    return new Benchmark(experiment, input, engine).figures(seconds, peakGflops);
  }

  /** Does the same, and then says which part of a step each layer takes. */
  public static Profiled profile(
      Experiment experiment, Shape input, Engine engine, double seconds, double peakGflops) {
    Benchmark benchmark = new Benchmark(experiment, input, engine);
    Figures figures = benchmark.figures(seconds, peakGflops);
    return new Profiled(figures, benchmark.parts(seconds / 2));
  }

  private static void checkSeconds(double seconds) {
    if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) {
      throw new IllegalArgumentException(
          "seconds must be more than 0 and at most %s, got %s".formatted(LONGEST_SECONDS, seconds));
    }
  }

  private Figures figures(double seconds, double peakGflops) {
    checkSeconds(seconds);
    if (!(peakGflops > 0 && peakGflops < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "peakGflops must be more than 0 and finite, got " + peakGflops);
    }
    double warmup = warmUp();
    double[] times = time(seconds);
    // The first half still shows how the orchestrating code warms up.
    double[] late = Arrays.copyOfRange(times, times.length / 2, times.length);
    Arrays.sort(late);
    double median = late[late.length / 2];
    return new Figures(
        name,
        batch(),
        threads,
        batch() / median,
        batch() * program.flopsPerImage() / median * 1e-9,
        peakGflops,
        program.plannedBytes(),
        warmup);
  }

  /**
   * How many images per second a training sees, their loading included; the weights mean nothing.
   *
   * @param images at least one
   * @param seconds how long it trains; what it does in the first half does not count
   */
  public static double training(
      Experiment experiment, Images images, Engine engine, double seconds) {
    checkSeconds(seconds);
    if (images.count() == 0) {
      throw new IllegalArgumentException("expected at least one image to train on, got " + images);
    }
    Feed feed = experiment.feed();
    Shape input = feed.input(images);
    Benchmark benchmark = new Benchmark(experiment, input, engine);
    benchmark.warmUp();
    Updater updater = new Updater(benchmark.optimizer);
    Program.Result result = new Program.Result();
    Loader loader = feed.loader(images, benchmark.batch(), KEY);
    long half = System.nanoTime() + (long) (seconds / 2 * 1e9);
    long end = half + (long) (seconds / 2 * 1e9);
    OptionalLong from = OptionalLong.empty();
    long seen = 0;
    for (int epoch = 0, step = 1; ; epoch++) {
      try (Loader.Epoch batches = loader.epoch(epoch, 0)) {
        for (; batches.next(); step++) {
          Batch batch = batches.batch();
          benchmark.program.run(
              batch.pixels(), batch.labels(), batch.count(), KEY.fold(step), result);
          benchmark.update(updater, step);
          long now = System.nanoTime();
          if (from.isPresent()) {
            seen += batch.count();
            if (now >= end) {
              return seen / ((now - from.getAsLong()) * 1e-9);
            }
          } else if (now >= half) {
            from = OptionalLong.of(now);
          }
        }
      }
    }
  }

  private List<Part> parts(double seconds) {
    Profile profile = program.profile();
    double[] times = time(seconds);
    double total = threads * Arrays.stream(times).sum();
    double left = total;
    List<Part> parts = new ArrayList<>();
    for (Profile.Line line : profile.lines()) {
      double perStep = line.seconds() / times.length;
      parts.add(
          new Part(
              line.label(),
              perStep,
              line.seconds() / total,
              line.cost().flops() / perStep * 1e-9,
              line.cost().bytes()));
      left -= line.seconds();
    }
    parts.add(
        new Part(
            new Profile.Label("waiting", Pass.OTHER), left / times.length, left / total, 0, 0));
    return parts;
  }

  private Benchmark(Experiment experiment, Shape input, Engine engine) {
    name = experiment.name();
    threads = engine.workers().count();
    Training training = experiment.training();
    optimizer = training.optimizer();
    program =
        new Program(
            Graph.of(experiment.net(), input),
            experiment.loss(),
            Mode.TRAIN,
            training.batch(),
            optimizer.slots().size(),
            engine);
    program.initialize(KEY);
    images = new byte[BATCHES][Math.multiplyExact(batch(), input.size())];
    labels = new int[batch()];
    Graph graph = program.graph();
    int classes = Math.min(CLASSES, graph.shape(graph.output()).size());
    for (int i = 0; i < labels.length; i++) {
      labels[i] = KEY.below(classes, i);
    }
    for (int b = 0; b < BATCHES; b++) {
      for (int i = 0; i < images[b].length; i++) {
        images[b][i] = (byte) KEY.fold(b).below(256, i);
      }
    }
  }

  private double warmUp() {
    return program.warmUp(new Updater(optimizer).operator()).logged();
  }

  private int batch() {
    return program.batch();
  }

  /** The seconds of each step. */
  private double[] time(double seconds) {
    Updater updater = new Updater(optimizer);
    Program.Result result = new Program.Result();
    double[] times = new double[MAX_STEPS];
    int steps = 0;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (steps < MAX_STEPS && (System.nanoTime() < end || steps < MIN_STEPS)) {
      long start = System.nanoTime();
      program.run(images[steps % BATCHES], labels, batch(), KEY, result);
      update(updater, steps + 1L);
      times[steps++] = (System.nanoTime() - start) * 1e-9;
    }
    return Arrays.copyOf(times, steps);
  }

  /** Changes the weights so little that they stay what they are. */
  private void update(Updater updater, long step) {
    double norm = program.gradientNorm();
    updater.set(optimizer.lr() * 1e-3, Double.isFinite(norm) ? 1 : 0, step);
    program.update(updater);
  }
}
