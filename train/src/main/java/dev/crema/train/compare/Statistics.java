package dev.crema.train.compare;

import dev.crema.data.Images;
import dev.crema.engine.Key;
import dev.crema.train.Predictions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The statistics that a comparison needs, as in {@code docs/compare.md}; samples are not empty.
 *
 * <p>What is drawn at random is drawn from fixed keys: the same numbers have the same statistics.
 */
public final class Statistics {
  /** The chance to call two equal networks different that is put up with. */
  public static final double LEVEL = 0.05;

  /** The chance to notice a difference that {@link #seedsNeeded} asks for. */
  public static final double POWER = 0.8;

  /** The most seeds that {@link #seedsNeeded} answers. */
  public static final int MOST_SEEDS = 10_000;

  private static final int MOST_ENUMERATED = 20;
  private static final int FLIPS = 100_000;
  private static final int RESAMPLES = 10_000;
  private static final Key KEY = Key.of(0).fold("statistics");

  private Statistics() {}

  /** The accuracy of guessing: the share of the commonest class. */
  public static double chance(Images images) {
    return commonest(IntStream.range(0, images.count()).map(images::label).toArray());
  }

  /** The same for the images that were tested. */
  static double chance(Predictions predictions) {
    return commonest(IntStream.range(0, predictions.count()).map(predictions::label).toArray());
  }

  private static double commonest(int... labels) {
    int[] counts = new int[256];
    IntStream.of(labels).forEach(label -> counts[label]++);
    if (labels.length == 0) {
      throw new IllegalArgumentException("expected at least one image, got none");
    }
    return IntStream.of(counts).max().orElseThrow() / (double) labels.length;
  }

  private static void checkHas(int least, double... sample) {
    if (sample.length < least) {
      throw new IllegalArgumentException(
          "expected a sample of %s or more, got %s"
              .formatted(least == 1 ? "one number" : "two numbers", sample.length));
    }
  }

  /** Nothing is larger than NaN: a test would take it for significant. */
  private static void checkNumbers(double... sample) {
    checkHas(1, sample);
    for (double number : sample) {
      if (!Double.isFinite(number)) {
        throw new IllegalArgumentException("expected finite numbers, got " + number);
      }
    }
  }

  /** The arithmetic mean. */
  public static double mean(double... sample) {
    checkHas(1, sample);
    return Arrays.stream(sample).sum() / sample.length;
  }

  /** The standard deviation, {@code sqrt(sum (x - mean)^2 / (n - 1))}; 0 for one number. */
  public static double deviation(double... sample) {
    double mean = mean(sample);
    double squares = Arrays.stream(sample).map(x -> (x - mean) * (x - mean)).sum();
    return Math.sqrt(squares / Math.max(1, sample.length - 1));
  }

  /**
   * Half the width of the 95 % interval of Student's t around the mean, {@code t(0.975, n - 1) * sd
   * / sqrt(n)}.
   *
   * @throws IllegalArgumentException for less than two numbers
   */
  public static double halfWidth(double... sample) {
    checkHas(2, sample);
    return quantile(1 - LEVEL / 2, sample.length - 1)
        * deviation(sample)
        / Math.sqrt(sample.length);
  }

  /**
   * The two-sided p of the sign-flip permutation test of paired differences: the part of all ways
   * to give them signs whose mean is at least as far from 0. All ways are tried for up to 20
   * differences, and 100,000 random ones for more.
   */
  public static double signFlip(double... differences) {
    checkNumbers(differences);
    int count = differences.length;
    double size = Arrays.stream(differences).map(Math::abs).sum();
    double observed = Math.abs(Arrays.stream(differences).sum()) - 1e-12 * size; // rounding
    if (count > MOST_ENUMERATED) {
      Key key = KEY.fold("flip");
      long asFar =
          IntStream.range(0, FLIPS)
              .filter(flip -> {
                Key signs = key.fold(flip);
                double sum = 0;
                for (int i = 0; i < count; i++) {
                  sum += signs.bits(i) < 0 ? -differences[i] : differences[i];
                }
                return Math.abs(sum) >= observed;
              })
              .count();
      return (asFar + 1.0) / (FLIPS + 1.0); // the differences themselves are one way
    }
    int ways = 1 << (count - 1); // with the first sign as it is: its opposites are as far from 0
    long asFar =
        IntStream.range(0, ways)
            .filter(signs -> {
              double sum = 0;
              for (int i = 0; i < count; i++) {
                sum += (signs << 1 >> i & 1) == 0 ? differences[i] : -differences[i];
              }
              return Math.abs(sum) >= observed;
            })
            .count();
    return (double) asFar / ways;
  }

  /**
   * The 95 % percentile bootstrap interval of the mean: 10,000 samples drawn with replacement, and
   * the range of the middle 95 % of their means.
   */
  public static Interval bootstrap(double... sample) {
    checkNumbers(sample);
    Key key = KEY.fold("bootstrap");
    double[] means = new double[RESAMPLES];
    for (int r = 0; r < RESAMPLES; r++) {
      Key draws = key.fold(r);
      for (int i = 0; i < sample.length; i++) {
        means[r] += sample[draws.below(sample.length, i)] / sample.length;
      }
    }
    Arrays.sort(means);
    return new Interval(sorted(means, LEVEL / 2), sorted(means, 1 - LEVEL / 2));
  }

  /** A quantile between sorted numbers, interpolated. */
  private static double sorted(double[] numbers, double part) {
    double at = part * (numbers.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, numbers.length - 1);
    return numbers[below] + (at - below) * (numbers[above] - numbers[below]);
  }

  /** The p of several tests, corrected for their number by Holm's method, in the same order. */
  public static List<Double> holm(List<Double> ps) {
    for (double p : ps) {
      if (!(p >= 0 && p <= 1)) {
        throw new IllegalArgumentException("expected probabilities of 0 to 1, got " + p);
      }
    }
    int count = ps.size();
    Double[] corrected = new Double[count];
    double least = 0;
    List<Integer> order =
        IntStream.range(0, count).boxed().sorted(Comparator.comparing(ps::get)).toList();
    for (int rank = 0; rank < count; rank++) {
      int i = order.get(rank);
      least = Math.max(least, Math.min(1, (count - rank) * ps.get(i)));
      corrected[i] = least;
    }
    return List.of(corrected);
  }

  /**
   * The p of McNemar's exact two-sided test: whether two networks that were tested on the same
   * images are right equally often.
   *
   * @param onlyFirst the images that only the first has right
   * @param onlySecond the images that only the second has right
   */
  public static double mcNemar(int onlyFirst, int onlySecond) {
    if (onlyFirst < 0 || onlySecond < 0 || (long) onlyFirst + onlySecond > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "expected numbers of images, at most %s in all, got %s and %s"
              .formatted(Integer.MAX_VALUE, onlyFirst, onlySecond));
    }
    int both = onlyFirst + onlySecond;
    double tail =
        BinomialDistribution.of(both, 0.5).cumulativeProbability(Math.min(onlyFirst, onlySecond));
    return Math.min(1, 2 * tail);
  }

  /**
   * The fewest seeds with which one of so many pairs can be told apart at all: the smallest p of
   * the sign-flip test is {@code 2 / 2^n}, which Holm's method multiplies by the number of pairs.
   */
  public static int fewestSeeds(int pairs) {
    checkPairs(pairs);
    int seeds = 1;
    while (pairs * Math.scalb(2.0, -seeds) > LEVEL) {
      seeds++;
    }
    return seeds;
  }

  /**
   * About how many seeds it takes to tell two networks apart with a chance of 80 %, if they differ
   * as the sample says: the smallest n from {@link #fewestSeeds} on with {@code n >= ((t(1 - a / 2,
   * n - 1) + t(0.8, n - 1)) * sd / mean)^2}, where a is 5 % by the number of pairs; empty if that
   * is more than 10,000.
   */
  public static OptionalInt seedsNeeded(int pairs, double... differences) {
    checkPairs(pairs);
    checkNumbers(differences);
    checkHas(2, differences);
    double ratio = deviation(differences) / Math.abs(mean(differences));
    double part = 1 - LEVEL / pairs / 2;
    NormalDistribution normal = NormalDistribution.of(0, 1);
    double sum =
        normal.inverseCumulativeProbability(part) + normal.inverseCumulativeProbability(POWER);
    double least = sum * ratio * sum * ratio; // t is farther out
    if (!(least <= MOST_SEEDS)) {
      return OptionalInt.empty();
    }
    int seeds = Math.max(fewestSeeds(pairs), (int) least);
    while (Math.sqrt(seeds) < (quantile(part, seeds - 1) + quantile(POWER, seeds - 1)) * ratio) {
      seeds++;
    }
    return OptionalInt.of(seeds);
  }

  private static void checkPairs(int pairs) {
    if (pairs < 1) {
      throw new IllegalArgumentException("pairs must be 1 or more, got " + pairs);
    }
  }

  private static double quantile(double part, int freedom) {
    return TDistribution.of(freedom).inverseCumulativeProbability(part);
  }
}
