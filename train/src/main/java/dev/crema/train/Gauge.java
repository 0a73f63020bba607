package dev.crema.train;

import dev.crema.nn.Program;
import dev.crema.nn.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Tells now and then how the parameters of a training are distributed and how much a step changes
 * them. It only reads; and it reads about {@link #MOST} numbers of each at most, so that it costs
 * next to nothing however large the network is.
 */
final class Gauge {
  private static final int MOST = 1 << 11;
  private static final int BINS = 48;
  private static final long APART = 500;

  private final Program program;
  private final List<Storage> parameters;

  /** The numbers before a step; empty when it was not asked to remember any. */
  private List<float[]> before = List.of();

  private double seconds;

  Gauge(Program program) {
    this.program = program;
    parameters =
        program.parameters().stream().filter(storage -> storage.parameter().trainable()).toList();
  }

  /**
   * Whether to measure after a step, counted from 1: after 1, 16, 256 and so on, as parameters move
   * fastest at first; after the last; and, if there is time to spare, after each epoch, or as many
   * as have about 500 steps.
   */
  static boolean isDue(long step, long stepsPerEpoch, long lastStep, boolean spare) {
    boolean powerOf16 = Long.bitCount(step) == 1 && Long.numberOfTrailingZeros(step) % 4 == 0;
    long every = stepsPerEpoch * Math.ceilDiv(APART, stepsPerEpoch);
    return powerOf16 || step == lastStep || (spare && step % every == 0);
  }

  /** Keeps the numbers, just before a step changes them. */
  void remember() {
    long begun = System.nanoTime();
    before = sample();
    seconds += (System.nanoTime() - begun) * 1e-9;
  }

  /**
   * The parameters as they are. One with a number that is not finite is left out: the training is
   * about to end because of it.
   */
  List<Event> measure(long step, int epoch) {
    long begun = System.nanoTime();
    List<float[]> after = sample();
    List<Event> measured = new ArrayList<>();
    for (int i = 0; i < after.size(); i++) {
      Optional<Double> ratio =
          before.isEmpty() ? Optional.empty() : ratio(before.get(i), after.get(i));
      measured(step, epoch, parameters.get(i).path(), after.get(i), ratio).ifPresent(measured::add);
    }
    before = List.of();
    seconds += (System.nanoTime() - begun) * 1e-9;
    return measured;
  }

  /** How long all this took so far. */
  double seconds() {
    return seconds;
  }

  private List<float[]> sample() {
    return parameters.stream().map(storage -> program.sample(storage, MOST)).toList();
  }

  private static Optional<Double> ratio(float[] before, float[] after) {
    double squares = 0;
    double changes = 0;
    for (int i = 0; i < before.length; i++) {
      double change = (double) after[i] - before[i];
      squares += (double) before[i] * before[i];
      changes += change * change;
    }
    double ratio = Math.sqrt(changes / squares);
    return Double.isFinite(ratio) ? Optional.of(ratio) : Optional.empty();
  }

  private static Optional<Event> measured(
      long step, int epoch, String parameter, float[] values, Optional<Double> ratio) {
    double sum = 0;
    double squares = 0;
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (!Double.isFinite(squares)) {
      return Optional.empty();
    }
    double mean = sum / values.length;
    double deviation = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
    return Optional.of(
        new Event.ParameterMeasured(
            step, epoch, parameter, mean, deviation, low, high, counts(values, low, high), ratio));
  }

  private static List<Integer> counts(float[] values, double low, double high) {
    int[] counts = new int[BINS];
    double perBin = (high - low) / BINS;
    for (float value : values) {
      int bin = perBin > 0 ? (int) ((value - low) / perBin) : 0;
      counts[Math.min(bin, BINS - 1)]++;
    }
    return Arrays.stream(counts).boxed().toList();
  }
}
