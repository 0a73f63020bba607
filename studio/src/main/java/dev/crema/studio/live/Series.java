package dev.crema.studio.live;

/**
 * Points of a metric to draw.
 *
 * @param total how many there are between the ends that were asked for; these are as many or fewer
 */
record Series(long[] steps, double[] xs, double[] ys, int total) {
  static final Series EMPTY = new Series(new long[0], new double[0], new double[0], 0);

  /**
   * Chooses at most so many points: of each of equally many, the least and the greatest, so that no
   * peak is lost, and the first and the last.
   *
   * @param points at least 4
   */
  Series thinned(int points) {
    int n = xs.length;
    if (n <= points) {
      return this;
    }
    int buckets = (points - 2) / 2;
    int[] chosen = new int[points];
    int count = 0;
    chosen[count++] = 0;
    for (int b = 0; b < buckets; b++) {
      int from = 1 + (int) ((long) (n - 2) * b / buckets);
      int to = 1 + (int) ((long) (n - 2) * (b + 1) / buckets);
      int least = from;
      int greatest = from;
      for (int i = from + 1; i < to; i++) {
        // what is no number is kept rather than anything: it is what people look for
        least = ys[i] < ys[least] || Double.isNaN(ys[i]) ? i : least;
        greatest = ys[i] > ys[greatest] ? i : greatest;
      }
      chosen[count++] = Math.min(least, greatest);
      if (least != greatest) {
        chosen[count++] = Math.max(least, greatest);
      }
    }
    chosen[count++] = n - 1;
    Series thin = new Series(new long[count], new double[count], new double[count], total);
    for (int i = 0; i < count; i++) {
      thin.steps[i] = steps[chosen[i]];
      thin.xs[i] = xs[chosen[i]];
      thin.ys[i] = ys[chosen[i]];
    }
    return thin;
  }
}
