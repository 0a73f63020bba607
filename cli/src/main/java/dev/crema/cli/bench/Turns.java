package dev.crema.cli.bench;

import dev.crema.cli.bench.Measured.Failed;
import dev.crema.cli.bench.Measured.Figures;
import dev.crema.cli.bench.Measured.Stopped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Measures contenders in turns, so that what else the machine does meets all of them alike: each
 * round measures every contender once, from the first to the last and the next time from the last
 * to the first.
 *
 * @param rounds how many
 * @param stop whether to end early
 * @param progress gets a line for each measurement
 */
public record Turns(int rounds, BooleanSupplier stop, Consumer<String> progress) {
  /**
   * Measures a network. Another contender that fails once takes no further part.
   *
   * @param crema whose own failure ends the turns
   * @param others what it is compared with
   * @return nothing if Crema failed, or no round came to its end
   */
  public Optional<Row> measure(String net, Contender crema, List<Contender> others) {
    List<Contender> left = new ArrayList<>();
    left.add(crema);
    left.addAll(others);
    List<Map<Contender, Figures>> done = new ArrayList<>();
    while (done.size() < rounds) {
      Map<Contender, Figures> round = new LinkedHashMap<>();
      for (Contender each :
          done.size() % 2 == 0 ? List.copyOf(left) : List.copyOf(left.reversed())) {
        String what =
            "%s, round %s of %s, %s: ".formatted(net, done.size() + 1, rounds, each.mode());
        switch (each.measure(stop)) {
          case Stopped _ -> {
            return Row.of(net, crema, left, done);
          }
          case Failed(String reason) -> {
            progress.accept(what + reason);
            if (each.equals(crema)) {
              return Optional.empty();
            }
            left.remove(each);
          }
          case Figures figures -> {
            Spread rate = Spread.of(List.of(figures.get(Contender.RATE)));
            progress.accept(what + rate.rate(" images/s"));
            round.put(each, figures);
          }
        }
      }
      done.add(round);
    }
    return Row.of(net, crema, left, done);
  }
}
