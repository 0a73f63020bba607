package dev.crema.nn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Offsets for things of which not all are alive at the same time: two that are do not overlap, and
 * others may.
 *
 * <p>Greedy (Pisarchyk and Lee, 2020, "Efficient Memory Management for Deep Neural Net Inference"):
 * one after the other takes the smallest gap that fits between those already placed, or else lies
 * behind them. Several orders are tried, the one that needs the fewest bytes is kept.
 *
 * @param offsets where each thing lies, in the order in which they were given
 * @param bytes how much all need together
 */
record Places(List<Long> offsets, long bytes) {
  /**
   * Something that needs a place.
   *
   * @param bytes its size
   * @param first the first moment at which it is alive
   * @param last the last one
   */
  record Life(long bytes, int first, int last) {
    Life {
      if (bytes < 0 || first > last) {
        throw new IllegalArgumentException(
            "%s bytes from %s to %s are no life".formatted(bytes, first, last));
      }
    }

    boolean meets(Life other) {
      return first <= other.last && other.first <= last;
    }

    private long span() {
      return (long) last - first;
    }
  }

  private static final List<Comparator<Life>> ORDERS =
      List.of(
          Comparator.comparingLong(Life::bytes).reversed(),
          Comparator.comparingLong(Life::span).reversed(),
          Comparator.<Life>comparingDouble(life -> (double) life.bytes() * (life.span() + 1))
              .reversed(),
          Comparator.comparingInt(Life::last).reversed());

  /** Copies the list. */
  Places {
    offsets = List.copyOf(offsets);
  }

  /** Finds places; the same ones for the same lives. */
  static Places of(List<Life> lives) {
    return ORDERS.stream()
        .map(order -> inOrder(lives, order))
        .min(Comparator.comparingLong(Places::bytes))
        .orElseThrow();
  }

  private static Places inOrder(List<Life> lives, Comparator<Life> order) {
    long[] offsets = new long[lives.size()];
    // Those that have a place, from the lowest to the highest.
    List<Integer> placed = new ArrayList<>();
    long bytes = 0;
    List<Integer> indices =
        IntStream.range(0, offsets.length)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> lives.get(i), order))
            .toList();
    for (int each : indices) {
      Life life = lives.get(each);
      long best = -1;
      long smallest = Long.MAX_VALUE;
      long free = 0;
      for (int other : placed) {
        if (lives.get(other).meets(life)) {
          long gap = offsets[other] - free;
          if (gap >= life.bytes() && gap < smallest) {
            best = free;
            smallest = gap;
          }
          free = Math.max(free, offsets[other] + lives.get(other).bytes());
        }
      }
      offsets[each] = best >= 0 ? best : free;
      bytes = Math.max(bytes, offsets[each] + life.bytes());
      int at = 0;
      while (at < placed.size() && offsets[placed.get(at)] <= offsets[each]) {
        at++;
      }
      placed.add(at, each);
    }
    return new Places(IntStream.range(0, offsets.length).mapToObj(i -> offsets[i]).toList(), bytes);
  }
}
