package dev.crema.cli.bench;

import dev.crema.cli.bench.Measured.Figures;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a large matrix product reached in the program that Crema is compared with.
 *
 * @param gflops in each round, the median of its modes
 */
record Products(List<Double> gflops) {
  /** From the figures of each mode in every round; nothing if there are none of a product. */
  static Optional<Products> of(Collection<List<Figures>> modes) {
    List<List<Figures>> measured =
        modes.stream()
            .filter(rounds -> rounds.stream().allMatch(each -> each.has(Contender.PRODUCT)))
            .toList();
    return measured.stream()
        .findFirst()
        .map(first ->
            new Products(
                IntStream.range(0, first.size()).mapToObj(i -> median(measured, i)).toList()));
  }

  private static double median(List<List<Figures>> modes, int round) {
    return Spread.of(
            modes.stream().map(rounds -> rounds.get(round).get(Contender.PRODUCT)).toList())
        .median();
  }

  Spread spread() {
    return Spread.of(gflops);
  }

  /** What such rates are of it, round by round. */
  Spread parts(List<Double> rates) {
    return Spread.of(
        IntStream.range(0, rates.size())
            .mapToObj(round -> rates.get(round) / gflops.get(round))
            .toList());
  }
}
