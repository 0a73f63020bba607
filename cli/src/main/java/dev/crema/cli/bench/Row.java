package dev.crema.cli.bench;

import dev.crema.cli.bench.Measured.Figures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * What was measured of a network in turns.
 *
 * @param crema Crema's figures, one of each round
 * @param others those of each of the others
 */
public record Row(String net, List<Figures> crema, Map<Contender, List<Figures>> others) {
  private static final String TENTHS = "%,.1f";
  private static final String NONE = "-";

  /**
   * The fastest of some others.
   *
   * @param ratio Crema's rate by this one's, round by round
   */
  record Best(Contender contender, Spread rate, Spread ratio, Optional<Long> resident) {
    private Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("mode", contender.mode());
      map.put("ratio", ratio.toMap());
      return map;
    }

    private String text(String kind) {
      return "%s %s %s (%s: %s)"
          .formatted(
              ratio.text(TENTHS, "x"), contender.program(), kind, contender.mode(), rate.rate(""));
    }
  }

  /** Of the contenders that took part in all rounds; nothing if there were none. */
  static Optional<Row> of(
      String net, Contender crema, List<Contender> left, List<Map<Contender, Figures>> rounds) {
    if (rounds.isEmpty()) {
      return Optional.empty();
    }
    Map<Contender, List<Figures>> others = new LinkedHashMap<>();
    left.stream()
        .filter(each -> !each.equals(crema))
        .forEach(each -> others.put(each, figures(each, rounds)));
    return Optional.of(new Row(net, figures(crema, rounds), others));
  }

  private static List<Figures> figures(Contender contender, List<Map<Contender, Figures>> rounds) {
    return rounds.stream().map(round -> round.get(contender)).toList();
  }

  /** The fastest of the others as they are installed. */
  Optional<Best> asInstalled() {
    return best(contender -> !contender.tuned());
  }

  /** The fastest of all others. */
  Optional<Best> tuned() {
    return best(_ -> true);
  }

  /** The program that Crema was compared with. */
  Optional<String> peer() {
    return others.keySet().stream().map(Contender::program).findFirst();
  }

  /** Whether there is an other that Crema was compared with. */
  public boolean isCompared() {
    return asInstalled().isPresent();
  }

  private Optional<Best> best(Predicate<Contender> which) {
    return others.entrySet().stream()
        .filter(entry -> which.test(entry.getKey()))
        .map(entry -> best(entry.getKey(), entry.getValue()))
        .max(Comparator.comparingDouble(best -> best.rate().median()));
  }

  private Best best(Contender other, List<Figures> figures) {
    List<Double> ratios =
        IntStream.range(0, figures.size())
            .mapToObj(i -> crema.get(i).get(Contender.RATE) / figures.get(i).get(Contender.RATE))
            .toList();
    return new Best(other, spread(figures, Contender.RATE), Spread.of(ratios), resident(figures));
  }

  private static Spread spread(List<Figures> figures, String name) {
    return Spread.of(figures.stream().map(each -> each.get(name)).toList());
  }

  /** The median; nothing where the system does not tell. */
  private static Optional<Long> resident(List<Figures> figures) {
    return figures.stream().allMatch(each -> each.has(Contender.RESIDENT))
        ? Optional.of((long) spread(figures, Contender.RESIDENT).median())
        : Optional.empty();
  }

  private Spread crema(String name) {
    return spread(crema, name);
  }

  private Optional<Products> products() {
    return Products.of(others.values());
  }

  /** What Crema's rate is of the others' matrix product. */
  private Optional<Spread> ofProduct() {
    return products()
        .map(products -> products.parts(crema.stream().map(each -> each.get("gflops")).toList()));
  }

  private String ofProductText(Spread part) {
    return ", %s of %s's matrix product (%s)"
        .formatted(
            part.text("%.2f", ""),
            peer().orElseThrow(),
            products().orElseThrow().spread().text(TENTHS, " GFLOP/s"));
  }

  /**
   * A pass of a layer in the median.
   *
   * @param ofProduct what the rate of all threads is of the others' product
   */
  private record Part(Layer median, Optional<Spread> ofProduct) {
    private Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>(median.toMap());
      ofProduct.ifPresent(part -> map.put("product_fraction", part.toMap()));
      return map;
    }

    private String text(Optional<String> peer) {
      return median.text()
          + ofProduct
              .filter(part -> part.median() > 0)
              .map(part ->
                  String.format(Locale.ROOT, ", %.2f of %s's", part.median(), peer.orElseThrow()))
              .orElse("");
    }
  }

  /** The layers, if they were asked for. */
  private List<Part> parts() {
    List<List<Layer>> rounds = crema.stream().map(Figures::layers).toList();
    double threads = crema("threads").median();
    Optional<Products> products = products();
    return IntStream.range(0, rounds.getFirst().size())
        .mapToObj(i -> rounds.stream().map(layers -> layers.get(i)).toList())
        .map(same ->
            new Part(
                Layer.median(same),
                products.map(each ->
                    each.parts(same.stream().map(layer -> threads * layer.gflops()).toList()))))
        .toList();
  }

  private long planned() {
    return (long) crema("planned_bytes").median();
  }

  private static String megabytes(Optional<Long> bytes) {
    return bytes.map(each -> String.format(Locale.ROOT, "%,.0f", each / 1e6)).orElse(NONE);
  }

  /** The figures by their JSON names. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("net", net);
    map.put("batch", (int) crema("batch").median());
    map.put("threads", (int) crema("threads").median());
    map.put("rounds", crema.size());
    map.put("planned_bytes", planned());
    for (String name :
        List.of(Contender.RATE, "gflops", "peak_gflops", "peak_fraction", "warmup_seconds")) {
      map.put(name, crema(name).toMap());
    }
    products().ifPresent(each -> map.put(Contender.PRODUCT, each.spread().toMap()));
    ofProduct().ifPresent(part -> map.put("product_fraction", part.toMap()));
    resident(crema).ifPresent(bytes -> map.put(Contender.RESIDENT, bytes));
    peer()
        .ifPresent(name -> {
          Map<String, Object> modes = new LinkedHashMap<>();
          others.forEach((contender, figures) -> modes.put(contender.mode(), toMap(figures)));
          map.put(name.toLowerCase(Locale.ROOT), modes);
        });
    asInstalled().ifPresent(best -> map.put("as_installed", best.toMap()));
    tuned().ifPresent(best -> map.put("tuned", best.toMap()));
    List<Part> parts = parts();
    if (!parts.isEmpty()) {
      map.put("profile", parts.stream().map(Part::toMap).toList());
    }
    return map;
  }

  private static Map<String, Object> toMap(List<Figures> figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(Contender.RATE, spread(figures, Contender.RATE).toMap());
    map.put("warmup_seconds", spread(figures, "warmup_seconds").toMap());
    resident(figures).ifPresent(bytes -> map.put(Contender.RESIDENT, bytes));
    return map;
  }

  /** For people, in some lines. */
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %s (batch %.0f, %.0f threads)",
            net,
            crema(Contender.RATE).rate(" images/s"),
            crema("batch").median(),
            crema("threads").median()));
    asInstalled().ifPresent(best -> lines.add(best.text("as installed")));
    tuned().ifPresent(best -> lines.add(best.text("tuned")));
    lines.add(
        "%s, %s of the peak"
                .formatted(
                    crema("gflops").text(TENTHS, " GFLOP/s"),
                    crema("peak_fraction").text("%.2f", ""))
            + ofProduct().map(this::ofProductText).orElse(""));
    lines.add(
        "%s MB planned, %s MB resident%s, warm in %s"
            .formatted(
                megabytes(Optional.of(planned())),
                megabytes(resident(crema)),
                asInstalled()
                    .map(best ->
                        " (%s as installed: %s MB)"
                            .formatted(best.contender().program(), megabytes(best.resident())))
                    .orElse(""),
                crema("warmup_seconds").text(TENTHS, " s")));
    parts().forEach(part -> lines.add(part.text(peer())));
    return String.join(System.lineSeparator() + "  ", lines);
  }

  /** The heads of {@link #cells}. */
  static List<String> heads(Optional<String> peer) {
    List<String> heads = new ArrayList<>(List.of("net", "images/s"));
    peer.ifPresent(name ->
        heads.addAll(List.of(name + " as installed", name + " tuned", "ratio", "ratio to tuned")));
    heads.addAll(List.of("GFLOP/s", "of peak"));
    peer.ifPresent(_ -> heads.add("of its product"));
    heads.addAll(List.of("planned MB", "resident MB"));
    peer.ifPresent(name -> heads.add("its MB"));
    heads.add("warm-up");
    return heads;
  }

  /** For a table, with or without columns for what Crema is compared with. */
  List<String> cells(boolean isCompared) {
    List<String> cells = new ArrayList<>();
    cells.add("`" + net + "`");
    cells.add(crema(Contender.RATE).rate(""));
    if (isCompared) {
      List<Optional<Best>> both = List.of(asInstalled(), tuned());
      both.forEach(each ->
          cells.add(
              each.map(best -> best.rate().rate(" " + best.contender().mode())).orElse(NONE)));
      both.forEach(
          each -> cells.add(each.map(best -> best.ratio().text(TENTHS, "x")).orElse(NONE)));
    }
    cells.add(crema("gflops").text(TENTHS, ""));
    cells.add(crema("peak_fraction").text("%.2f", ""));
    if (isCompared) {
      cells.add(ofProduct().map(part -> part.text("%.2f", "")).orElse(NONE));
    }
    cells.add(megabytes(Optional.of(planned())));
    cells.add(megabytes(resident(crema)));
    if (isCompared) {
      cells.add(megabytes(asInstalled().flatMap(Best::resident)));
    }
    cells.add(crema("warmup_seconds").text(TENTHS, " s"));
    return cells;
  }
}
