package dev.crema.train.compare;

import dev.crema.train.CheckpointException;
import dev.crema.train.Predictions;
import dev.crema.train.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a comparison came to.
 *
 * @param data the data set
 * @param testImages how many images the accuracies are of
 * @param seeds in the order of all lists
 * @param chance the accuracy of naming the commonest class always
 * @param nets in the order in which they were named
 * @param differences each net with each later one
 * @param notes what to know before believing it
 */
public record Report(
    String data,
    int testImages,
    List<Long> seeds,
    double chance,
    List<NetFigures> nets,
    List<Difference> differences,
    List<String> notes) {
  /** The part of the way from guessing to no error below which a run has collapsed. */
  private static final double COLLAPSED = 0.1;

  private static final double MEBIBYTE = 1 << 20;
  private static final String NONE = "-";

  /** Copies the lists. */
  public Report {
    seeds = List.copyOf(seeds);
    nets = List.copyOf(nets);
    differences = List.copyOf(differences);
    notes = List.copyOf(notes);
  }

  /**
   * @param data the data set's name
   * @param chance the accuracy of naming the commonest class always
   * @param trials one list per contender, in the order of the seeds
   * @param unpaired why the contenders cannot be told apart, if so; then there are no differences,
   *     and the contenders may have other seeds each
   */
  static Report of(
      String data,
      int testImages,
      double chance,
      List<Long> seeds,
      List<Contender> contenders,
      List<List<Trial>> trials,
      Optional<String> unpaired) {
    double bound = bound(chance);
    List<NetFigures> nets =
        IntStream.range(0, contenders.size())
            .mapToObj(i -> NetFigures.of(contenders.get(i), trials.get(i), bound))
            .toList();
    List<String> notes = new ArrayList<>();
    collapses(nets, chance).forEach(notes::add);
    budgets(nets).ifPresent(notes::add);
    machines(trials).ifPresent(notes::add);
    unpaired.ifPresent(notes::add);
    List<Difference> differences =
        unpaired.isPresent()
            ? List.of()
            : seeds.size() > 1 ? bySeeds(nets) : byImages(nets, trials, notes);
    return new Report(data, testImages, seeds, chance, nets, differences, notes);
  }

  private static double bound(double chance) {
    return chance + COLLAPSED * (1 - chance);
  }

  /** Two nets, as their places. */
  private record Pair(int first, int second) {
    static List<Pair> all(int count) {
      return IntStream.range(0, count)
          .boxed()
          .flatMap(i -> IntStream.range(i + 1, count).mapToObj(j -> new Pair(i, j)))
          .toList();
    }

    OptionalDouble timeRatio(List<NetFigures> nets) {
      OptionalDouble a = nets.get(first).seconds();
      OptionalDouble b = nets.get(second).seconds();
      return a.isPresent() && b.isPresent() && a.getAsDouble() > 0 && b.getAsDouble() > 0
          ? OptionalDouble.of(a.getAsDouble() / b.getAsDouble())
          : OptionalDouble.empty();
    }
  }

  private static List<Difference> bySeeds(List<NetFigures> nets) {
    List<Pair> pairs = Pair.all(nets.size());
    List<double[]> deltas =
        pairs.stream()
            .map(pair -> {
              double[] first = nets.get(pair.first).sample();
              double[] second = nets.get(pair.second).sample();
              return IntStream.range(0, first.length).mapToDouble(i -> first[i] - second[i]);
            })
            .map(differences -> differences.toArray())
            .toList();
    List<Double> ps = deltas.stream().map(Statistics::signFlip).toList();
    List<Double> corrected = Statistics.holm(ps);
    return IntStream.range(0, pairs.size())
        .<Difference>mapToObj(i ->
            new Difference.BySeeds(
                nets.get(pairs.get(i).first).label(),
                nets.get(pairs.get(i).second).label(),
                Arrays.stream(deltas.get(i)).boxed().toList(),
                pairs.size(),
                ps.get(i),
                corrected.get(i),
                pairs.get(i).timeRatio(nets)))
        .toList();
  }

  /** Pairs of which a net has no predictions are noted and left out. */
  private static List<Difference> byImages(
      List<NetFigures> nets, List<List<Trial>> trials, List<String> notes) {
    List<Optional<Predictions>> said =
        trials.stream().map(each -> each.getFirst().predictions()).toList();
    for (int i = 0; i < nets.size(); i++) {
      if (said.get(i).isEmpty()) {
        notes.add(
            nets.get(i).label()
                + ": its run kept no predictions, so it cannot be compared image by image");
      }
    }
    List<Pair> pairs =
        Pair.all(nets.size()).stream()
            .filter(pair -> said.get(pair.first).isPresent() && said.get(pair.second).isPresent())
            .toList();
    List<int[]> counts =
        pairs.stream()
            .map(pair ->
                disagreements(
                    trials.get(pair.first).getFirst(), trials.get(pair.second).getFirst()))
            .toList();
    List<Double> ps = counts.stream().map(only -> Statistics.mcNemar(only[0], only[1])).toList();
    List<Double> corrected = Statistics.holm(ps);
    return IntStream.range(0, pairs.size())
        .<Difference>mapToObj(i -> {
          NetFigures first = nets.get(pairs.get(i).first);
          NetFigures second = nets.get(pairs.get(i).second);
          return new Difference.ByImages(
              first.label(),
              second.label(),
              first.mean() - second.mean(),
              counts.get(i)[0],
              counts.get(i)[1],
              ps.get(i),
              corrected.get(i),
              pairs.get(i).timeRatio(nets));
        })
        .toList();
  }

  /** The images that only the first has right, and those that only the second has. */
  private static int[] disagreements(Trial one, Trial other) {
    Predictions first = one.predictions().orElseThrow();
    Predictions second = other.predictions().orElseThrow();
    if (!first.hasLabelsOf(second)) {
      throw new CheckpointException(
          other.run().predictions(),
          String.format(
              Locale.ROOT,
              "expected predictions of the same %,d images as in %s, got %,d of others; test the run anew",
              first.count(),
              one.run().predictions(),
              second.count()));
    }
    int[] only = new int[2];
    for (int i = 0; i < first.count(); i++) {
      if (first.isCorrect(i) != second.isCorrect(i)) {
        only[first.isCorrect(i) ? 0 : 1]++;
      }
    }
    return only;
  }

  private static Stream<String> collapses(List<NetFigures> nets, double chance) {
    return nets.stream()
        .filter(net -> net.collapsed() > 0)
        .map(net ->
            Words.text(
                "%s collapsed in %d of %d runs: below %.1f %%, where guessing has %.1f %%%s",
                net.label(),
                net.collapsed(),
                net.accuracies().size(),
                100 * bound(chance),
                100 * chance,
                net.diverged() == 0
                    ? ""
                    : Words.text(
                        "; %d of them diverged, which counts as guessing", net.diverged())));
  }

  private static Optional<String> budgets(List<NetFigures> nets) {
    return nets.stream().mapToInt(NetFigures::epochs).distinct().count() == 1
        ? Optional.empty()
        : Optional.of(
            nets.stream()
                .map(net -> net.label() + " " + net.epochs())
                .collect(
                    Collectors.joining(", ", "the numbers of epochs differ: ", "; see `seconds`")));
  }

  private static Optional<String> machines(List<List<Trial>> trials) {
    List<String> machines =
        trials.stream()
            .flatMap(List::stream)
            .filter(trial -> trial.seconds().isPresent())
            .map(trial -> trial.run().machine())
            .distinct()
            .toList();
    return machines.size() < 2
        ? Optional.empty()
        : Optional.of(
            "not all runs were made in the same way, so do not compare their seconds: "
                + String.join("; ", machines));
  }

  /** The figures by their JSON names. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("data", data);
    map.put("test_images", testImages);
    map.put("seeds", seeds);
    map.put("chance", chance);
    map.put("collapse_bound", bound(chance));
    map.put("nets", nets.stream().map(NetFigures::toMap).toList());
    map.put("differences", differences.stream().map(Difference::toMap).toList());
    map.put("notes", notes);
    return map;
  }

  /** The figures and verdicts as lines. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        Words.text(
            "%s, %s: accuracy and calibration error (ECE) in %% on %,d test images, used once, at the end%n%n",
            data,
            seeds.size() == 1
                ? "seed " + seeds.getFirst()
                : "seeds " + seeds.getFirst() + " to " + seeds.getLast(),
            testImages));
    text.append(Table.text(netTable()));
    if (seeds.size() > 1) {
      text.append(System.lineSeparator()).append(Table.text(deltaTable()));
    }
    text.append(System.lineSeparator());
    Stream.concat(
            differences.stream().map(Difference::verdict), notes.stream().map(n -> "note: " + n))
        .forEach(line -> text.append(line).append(System.lineSeparator()));
    return text.toString().stripTrailing();
  }

  /** A row for each net, below the heads of the columns; shares are in %. */
  public List<List<String>> netTable() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "net",
            "mean",
            "+-95%",
            "sd",
            "min",
            "collapsed",
            "ECE",
            "epochs",
            "seconds",
            "parameters",
            "multiply-adds",
            "MiB"));
    for (NetFigures net : nets) {
      rows.add(
          List.of(
              net.label(),
              Words.points(net.mean()),
              or(net.halfWidth(), 100, "%.2f"),
              or(net.deviation(), 100, "%.2f"),
              Words.points(net.minimum()),
              Words.text("%d/%d", net.collapsed(), net.accuracies().size()),
              or(net.calibrationError(), 100, "%.2f"),
              String.valueOf(net.epochs()),
              or(net.seconds(), 1, "%.1f"),
              Words.text("%,d", net.parameters()),
              Words.text("%,d", net.multiplyAdds()),
              net.plannedBytes().isPresent()
                  ? Words.text("%.1f", net.plannedBytes().getAsLong() / MEBIBYTE)
                  : NONE));
    }
    return rows;
  }

  /** A row for each pair of nets with several seeds, below the heads; shares are in points. */
  public List<List<String>> deltaTable() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("difference", "mean", "+-95%", "bootstrap", "p", "corrected p"));
    for (Difference difference : differences) {
      if (difference instanceof Difference.BySeeds pair) {
        Interval bootstrap = pair.bootstrap();
        rows.add(
            List.of(
                pair.first() + " - " + pair.second(),
                Words.points(pair.mean()),
                Words.points(pair.halfWidth()),
                Words.text(
                    "%s ... %s", Words.points(bootstrap.low()), Words.points(bootstrap.high())),
                Words.p(pair.p()),
                Words.p(pair.corrected())));
      }
    }
    return rows;
  }

  private static String or(OptionalDouble number, double scale, String format) {
    return number.isPresent() ? Words.text(format, scale * number.getAsDouble()) : NONE;
  }
}
