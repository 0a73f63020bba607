package dev.crema.train.compare;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How the accuracy of one network differs from another's: the first's less the second's, where 1 is
 * all images, and how likely such a difference is among equal networks.
 */
public sealed interface Difference {
  /** The label of the first network. */
  String first();

  /** The label of the second network. */
  String second();

  /** The mean difference. */
  double mean();

  /** The p of the test. */
  double p();

  /** The p corrected for the number of pairs that are compared. */
  double corrected();

  /** The training time of the first by the second's, if both are known. */
  OptionalDouble timeRatio();

  /** What it means, in words. */
  String verdict();

  /** The figures by their JSON names. */
  Map<String, Object> toMap();

  /** Whether the two can be told apart. */
  default boolean isReal() {
    return corrected() <= Statistics.LEVEL;
  }

  /**
   * Two or more seeds: the pairs are the runs with the same seed.
   *
   * @param deltas the differences in the order of the seeds
   * @param pairs how many pairs of networks are compared in all
   */
  record BySeeds(
      String first,
      String second,
      List<Double> deltas,
      int pairs,
      double p,
      double corrected,
      OptionalDouble timeRatio)
      implements Difference {
    /** Copies the list. */
    public BySeeds {
      deltas = List.copyOf(deltas);
    }

    private double[] sample() {
      return deltas.stream().mapToDouble(Double::doubleValue).toArray();
    }

    @Override
    public double mean() {
      return Statistics.mean(sample());
    }

    /** Half the width of the 95 % interval of the mean difference. */
    public double halfWidth() {
      return Statistics.halfWidth(sample());
    }

    /** The bootstrap interval of the mean difference. */
    public Interval bootstrap() {
      return Statistics.bootstrap(sample());
    }

    /** About how many more seeds it takes to tell them apart; empty if more than are counted. */
    public OptionalInt moreSeeds() {
      OptionalInt needed = Statistics.seedsNeeded(pairs, sample());
      return needed.isPresent()
          ? OptionalInt.of(Math.max(1, needed.getAsInt() - deltas.size()))
          : needed;
    }

    @Override
    public String verdict() {
      int seeds = deltas.size();
      if (deltas.stream().allMatch(delta -> delta == 0)) {
        return "%s and %s: not distinguishable: the same accuracy with every seed"
            .formatted(first, second);
      }
      if (isReal()) {
        return "%s +- %s points (%s seeds)%s"
            .formatted(Words.beats(this), Words.points(halfWidth()), seeds, Words.time(this));
      }
      String lead =
          "%s +- %s points, p = %s, %s seeds"
              .formatted(Words.leads(this), Words.points(halfWidth()), Words.p(corrected), seeds);
      OptionalInt more = moreSeeds();
      String needed =
          more.isPresent()
              ? Words.text(
                  "about %,d more %s needed",
                  more.getAsInt(), more.getAsInt() == 1 ? "seed" : "seeds")
              : Words.text("more than %,d seeds needed", Statistics.MOST_SEEDS);
      int fewest = Statistics.fewestSeeds(pairs);
      String never =
          seeds < fewest
              ? "; %s at least %s seeds"
                  .formatted(pairs == 1 ? "it takes" : pairs + " pairs take", fewest)
              : "";
      return "%s and %s: not distinguishable (%s)%s; %s"
          .formatted(first, second, lead, never, needed);
    }

    @Override
    public Map<String, Object> toMap() {
      Map<String, Object> map = Words.map(this, "sign-flip");
      map.put("deltas", deltas);
      map.put("interval", List.of(mean() - halfWidth(), mean() + halfWidth()));
      Interval bootstrap = bootstrap();
      map.put("bootstrap", List.of(bootstrap.low(), bootstrap.high()));
      if (!isReal()) {
        moreSeeds().ifPresent(more -> map.put("more_seeds", more));
      }
      return map;
    }
  }

  /**
   * One seed: the pairs are what both say about the same test image.
   *
   * @param onlyFirst the images that only the first has right
   * @param onlySecond the images that only the second has right
   */
  record ByImages(
      String first,
      String second,
      double mean,
      int onlyFirst,
      int onlySecond,
      double p,
      double corrected,
      OptionalDouble timeRatio)
      implements Difference {
    @Override
    public String verdict() {
      String counts =
          "p = %s, one run each: it says nothing about other seeds".formatted(Words.p(corrected));
      return isReal()
          ? "%s points on these test images (%s)%s"
              .formatted(Words.beats(this), counts, Words.time(this))
          : "%s and %s: not distinguishable (%s points, %s)"
              .formatted(first, second, Words.leads(this), counts);
    }

    @Override
    public Map<String, Object> toMap() {
      Map<String, Object> map = Words.map(this, "mcnemar");
      map.put("only_first", onlyFirst);
      map.put("only_second", onlySecond);
      return map;
    }
  }
}
