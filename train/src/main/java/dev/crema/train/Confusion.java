package dev.crema.train;

/**
 * How often a network took which class for which: {@code count(t, p)} images of class t were said
 * to be p.
 */
public final class Confusion {
  /** With so many the counts take 64 MB. */
  private static final int MOST_CLASSES = 1 << 12;

  private final int[][] counts;

  /**
   * Counts what a network said.
   *
   * @param classes how many classes the data has; a network may have more outputs, and name those
   */
  public Confusion(Predictions predictions, int classes) {
    if (classes < 1 || classes > MOST_CLASSES) {
      throw new IllegalArgumentException(
          "expected 1 to %s classes, got %s".formatted(MOST_CLASSES, classes));
    }
    int size = classes;
    for (int i = 0; i < predictions.count(); i++) {
      if (predictions.predicted(i) >= MOST_CLASSES) {
        throw new IllegalArgumentException(
            "expected classes below %s, got class %s for image %s"
                .formatted(MOST_CLASSES, predictions.predicted(i), i));
      }
      size = Math.max(size, 1 + Math.max(predictions.label(i), predictions.predicted(i)));
    }
    counts = new int[size][size];
    for (int i = 0; i < predictions.count(); i++) {
      counts[predictions.label(i)][predictions.predicted(i)]++;
    }
  }

  /** How many classes there are. */
  public int classes() {
    return counts.length;
  }

  /** How many images of one class were taken for another. */
  public int count(int truth, int predicted) {
    return counts[truth][predicted];
  }

  /** How many images are of a class. */
  public int images(int truth) {
    int sum = 0;
    for (int count : counts[truth]) {
      sum += count;
    }
    return sum;
  }

  /** How many images were said to be of a class. */
  public int named(int predicted) {
    int sum = 0;
    for (int[] row : counts) {
      sum += row[predicted];
    }
    return sum;
  }

  /** The part of those said to be of a class that are; NaN if none was. */
  public double precision(int predicted) {
    return (double) counts[predicted][predicted] / named(predicted);
  }

  /** The part of a class's images that were said to be of it; NaN if it has none. */
  public double recall(int truth) {
    return (double) counts[truth][truth] / images(truth);
  }

  /** The harmonic mean of precision and recall; NaN if the class neither is nor was named. */
  public double f1(int of) {
    return 2.0 * counts[of][of] / (images(of) + named(of));
  }
}
