package dev.crema.train.study;

import dev.crema.train.Score;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;

/**
 * Looks for the learning rate with which a network does best on the images held out for validation.
 *
 * <p>It tries the rates that it is given. While the best one is at an end of those tried, a better
 * one may lie beyond it: then it tries that too, as far from the end as its neighbour is.
 *
 * @param rates to begin with, each more than 0, in ascending order
 * @param extensions how many more rates it may try at most, 0 to 100; none for a single rate, which
 *     has no neighbour
 */
public record Search(List<Double> rates, int extensions) {
  private static final int MOST_EXTENSIONS = 100;

  /**
   * Sorts the rates, and leaves out what comes twice.
   *
   * @throws IllegalArgumentException if there is no rate, or one that is not above 0 and finite, or
   *     the extensions are out of their range
   */
  public Search {
    for (double rate : rates) {
      if (!(rate > 0 && rate < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("expected learning rates above 0, got " + rate);
      }
    }
    rates = List.copyOf(new TreeSet<>(rates));
    if (rates.isEmpty()) {
      throw new IllegalArgumentException("expected one learning rate or more, got none");
    }
    if (extensions < 0 || extensions > MOST_EXTENSIONS) {
      throw new IllegalArgumentException(
          "extensions must be 0 to %s, got %s".formatted(MOST_EXTENSIONS, extensions));
    }
    extensions = rates.size() == 1 ? 0 : extensions;
  }

  /** How many rates it tries at most. */
  int most() {
    return rates.size() + extensions;
  }

  /**
   * The rate to try next; empty when the search is over.
   *
   * @param tried the validation of each rate tried so far
   */
  OptionalDouble next(Map<Double, Score> tried) {
    OptionalDouble missing =
        rates.stream()
            .filter(rate -> !tried.containsKey(rate))
            .mapToDouble(Double::doubleValue)
            .findFirst();
    if (missing.isPresent() || tried.size() >= most()) {
      return missing;
    }
    TreeSet<Double> sorted = new TreeSet<>(tried.keySet());
    double best = best(tried);
    if (sorted.size() > 1 && best == sorted.last()) {
      return OptionalDouble.of(round(best * best / sorted.lower(best)));
    }
    if (sorted.size() > 1 && best == sorted.first()) {
      return OptionalDouble.of(round(best * best / sorted.higher(best)));
    }
    return OptionalDouble.empty();
  }

  /**
   * The rate with the highest validation accuracy; of several, that with the lowest validation
   * loss, and then the lowest rate.
   */
  static double best(Map<Double, Score> tried) {
    return tried.entrySet().stream()
        .min(
            Comparator.<Map.Entry<Double, Score>>comparingDouble(e -> -e.getValue().accuracy())
                .thenComparingDouble(e -> e.getValue().loss())
                .thenComparingDouble(Map.Entry::getKey))
        .orElseThrow()
        .getKey();
  }

  /** To two digits, so that people can read them. */
  private static double round(double rate) {
    return new BigDecimal(rate).round(new MathContext(2)).doubleValue();
  }
}
