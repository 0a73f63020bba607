package dev.crema.train;

import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import dev.crema.nn.Graph;
import dev.crema.nn.Mode;
import dev.crema.nn.Program;
import dev.crema.nn.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Times whole training steps: from bytes in memory to changed weights. */
public final class Benchmark {
  private static final int MAX_STEPS = 1 << 16;
  private static final int BATCHES = 4;

  private Benchmark() {}

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

  /** Trains on random images for a while; the weights and the data mean nothing. */
  public static Figures run(
      Experiment experiment, Shape input, Engine engine, double seconds, double peakGflops) {
    Training training = experiment.training();
    int batch = training.batch();
    Program program =
        new Program(
            Graph.of(experiment.net(), input),
            experiment.loss(),
            Mode.TRAIN,
            batch,
            training.optimizer().slots().size(),
            engine);
    double warmup = program.warmUp();
    Key key = Key.of(training.seed());
    program.initialize(key);
    byte[][] images = new byte[BATCHES][batch * input.size()];
    int[] labels = new int[batch];
    for (int i = 0; i < batch; i++) {
      labels[i] = key.below(10, i);
    }
    for (int b = 0; b < BATCHES; b++) {
      for (int i = 0; i < images[b].length; i++) {
        images[b][i] = (byte) key.fold(b).below(256, i);
      }
    }
    Updater updater = new Updater(training.optimizer());
    Program.Result result = new Program.Result();
    long[] times = new long[MAX_STEPS];
    int steps = 0;
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    while (steps < MAX_STEPS && (System.nanoTime() < end || steps < 10)) {
      long before = System.nanoTime();
      program.run(images[steps % BATCHES], labels, batch, key, result);
      double norm = program.gradientNorm();
      updater.set(training.optimizer().lr() * 1e-3, Double.isFinite(norm) ? 1 : 0, steps + 1L);
      program.update(updater);
      times[steps++] = System.nanoTime() - before;
    }
    // The first half still shows how the orchestrating code warms up.
    long[] late = Arrays.copyOfRange(times, steps / 2, steps);
    Arrays.sort(late);
    double median = late[late.length / 2] * 1e-9;
    return new Figures(
        experiment.name(),
        batch,
        engine.workers().count(),
        batch / median,
        batch * program.flopsPerImage() / median * 1e-9,
        peakGflops,
        program.plannedBytes(),
        warmup);
  }
}
