package dev.crema.studio.live;

import java.util.Arrays;

/** The values of one metric by their steps. Not for several threads. */
final class Column {
  /** Steps are packed with their places for sorting: 2^20 points, and steps up to 2^43. */
  private static final int PLACE_BITS = 20;

  static final int MOST = 1 << PLACE_BITS;

  private long[] steps = new long[16];
  private double[] values = new double[16];
  private int size;
  private boolean sorted = true;

  /** Adds a value; of several of one step the first stays. Beyond {@link #MOST} it is forgotten. */
  void add(long step, double value) {
    if (size == MOST) {
      return;
    }
    if (size == steps.length) {
      steps = Arrays.copyOf(steps, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    sorted &= size == 0 || step > steps[size - 1];
    steps[size] = step;
    values[size++] = value;
  }

  int size() {
    sort();
    return size;
  }

  /** The step of a point, in growing order. */
  long step(int i) {
    sort();
    return steps[i];
  }

  double value(int i) {
    sort();
    return values[i];
  }

  /** Losses are told one by one, and again, with those between them, in bundles. */
  private void sort() {
    if (sorted) {
      return;
    }
    long[] order = new long[size];
    for (int i = 0; i < size; i++) {
      order[i] = (steps[i] << PLACE_BITS) | i;
    }
    Arrays.sort(order);
    double[] before = values;
    values = new double[steps.length];
    int count = 0;
    for (long packed : order) {
      long step = packed >> PLACE_BITS;
      if (count == 0 || step > steps[count - 1]) {
        steps[count] = step;
        values[count++] = before[(int) (packed & (MOST - 1))];
      }
    }
    size = count;
    sorted = true;
  }
}
