package dev.crema.train.study;

import dev.crema.train.Table;
import dev.crema.train.study.Chart.Axis;
import dev.crema.train.study.Chart.Line;
import dev.crema.train.study.Grid.Question;
import dev.crema.train.study.Slice.Alike;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a study of depth or width found.
 *
 * @param data the data set
 * @param testImages how many images the test errors are of
 * @param seeds in the order of all lists
 * @param question what was asked
 * @param results of all sizes, in the order in which they were trained
 * @param slices whose sizes all have a result
 */
public record SizeFindings(
    String data,
    int testImages,
    List<Long> seeds,
    Question question,
    Map<Size, Result> results,
    List<Slice> slices)
    implements Findings {
  /** Copies the collections. */
  public SizeFindings {
    seeds = List.copyOf(seeds);
    results = new LinkedHashMap<>(results);
    slices = List.copyOf(slices);
    Result.checkJudged(testImages, results.values());
    for (Slice slice : slices) {
      for (Size size : slice.sizes()) {
        if (!results.containsKey(size)) {
          throw new IllegalArgumentException(
              "expected a result of each size of %s, got none of %s"
                  .formatted(slice.title(), size));
        }
      }
    }
  }

  private List<Result> of(List<Size> sizes) {
    return sizes.stream().map(this::result).toList();
  }

  private Result result(Size size) {
    return Objects.requireNonNull(results.get(size), size::toString);
  }

  private List<Result> all() {
    return List.copyOf(results.values());
  }

  private Fit fit(Result result) {
    return Fit.of(result, Findings.best(all()), testImages);
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("study", Text.lower(question));
    map.put("data", data);
    map.put("test_images", testImages);
    map.put("seeds", seeds);
    List<Map<String, Object>> cells = new ArrayList<>();
    results.forEach((size, result) -> {
      Map<String, Object> cell = coordinates(size);
      cell.putAll(result.figures());
      cell.put("verdict", Text.lower(fit(result)));
      cell.putAll(result.runs());
      cells.add(cell);
    });
    map.put("cells", cells);
    map.put("slices", slices.stream().map(this::toMap).toList());
    map.put("words", words());
    map.put("notes", Result.notes(all()));
    return map;
  }

  private static Map<String, Object> coordinates(Size size) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("depth", size.depth());
    map.put("width", size.width());
    return map;
  }

  private Map<String, Object> toMap(Slice slice) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("alike", Text.lower(slice.alike()));
    map.put("number", slice.number());
    map.put("sizes", slice.sizes().stream().map(SizeFindings::coordinates).toList());
    map.put("best", coordinates(best(slice)));
    return map;
  }

  private Size best(Slice slice) {
    Result best = Findings.best(of(slice.sizes()));
    return slice.sizes().stream()
        .filter(size -> best.equals(results.get(size)))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        Stream.of(List.of("depth", "width"), Findings.columns(), List.of("verdict"))
            .flatMap(List::stream)
            .toList());
    results.forEach((size, result) ->
        rows.add(
            Stream.of(
                    List.of(String.valueOf(size.depth()), String.valueOf(size.width())),
                    Findings.row(result),
                    List.of(Text.lower(fit(result))))
                .flatMap(List::stream)
                .toList()));
    return rows;
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        Text.text(
            "%s, %s: errors in %%, those on %,d test images from one use, after the last epoch; rates chosen by validation%n%n",
            data, Text.seeds(seeds), testImages));
    text.append(table());
    slices.stream()
        .filter(slice -> slice.alike().isMatched())
        .forEach(slice ->
            text.append(System.lineSeparator())
                .append("at ")
                .append(slice.title())
                .append(System.lineSeparator())
                .append(table(slice)));
    text.append(System.lineSeparator());
    Stream.concat(words().stream(), Result.notes(all()).stream().map(note -> "note: " + note))
        .forEach(line -> text.append(line).append(System.lineSeparator()));
    return text.toString().stripTrailing();
  }

  private String table() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "depth",
            "width",
            "parameters",
            "multiply-adds",
            "rate",
            "training",
            "validation",
            "test",
            "sd",
            "gap",
            "seconds",
            "verdict"));
    results.forEach((size, result) ->
        rows.add(
            List.of(
                String.valueOf(size.depth()),
                String.valueOf(size.width()),
                Text.text("%,d", result.cell().parameters()),
                Text.text("%,d", result.cell().multiplyAdds()),
                Text.number(result.rate()),
                Text.percent(result.trainError()),
                Text.percent(result.validationError()),
                Text.percent(result.testError()),
                Text.or(result.deviation(), 100, "%.2f"),
                Text.percent(result.gap()),
                Text.or(result.seconds(), 1, "%.1f"),
                fit(result).words())));
    return Table.text(rows, List.of(11));
  }

  private String table(Slice slice) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("depth", "width", "has", "training", "test", "gap"));
    for (Size size : slice.sizes()) {
      Result result = result(size);
      long number =
          slice.alike() == Alike.PARAMETERS
              ? result.cell().parameters()
              : result.cell().multiplyAdds();
      rows.add(
          List.of(
              String.valueOf(size.depth()),
              String.valueOf(size.width()),
              Text.text("%,d (%+.1f %%)", number, 100.0 * number / slice.number() - 100),
              Text.percent(result.trainError()),
              Text.percent(result.testError()),
              Text.percent(result.gap())));
    }
    return Table.text(rows, List.of());
  }

  /** What the figures say, slice by slice and then over all. */
  public List<String> words() {
    List<String> lines = new ArrayList<>();
    for (Slice slice : slices) {
      lines.add("at " + slice.title() + ": " + Fit.verdicts(named(slice), testImages));
    }
    Map<String, Result> everything = new LinkedHashMap<>();
    results.forEach((size, result) -> everything.put(size.shortly(), result));
    lines.add("over all (depth x width): " + Fit.summary(everything, testImages));
    return lines;
  }

  private Map<String, Result> named(Slice slice) {
    Map<String, Result> named = new LinkedHashMap<>();
    slice.sizes().forEach(size -> named.put(within(slice, size), result(size)));
    return named;
  }

  private static String within(Slice slice, Size size) {
    return switch (slice.alike()) {
      case WIDTH -> "depth " + size.depth();
      case DEPTH -> "width " + size.width();
      case PARAMETERS, MULTIPLY_ADDS -> size.shortly();
    };
  }

  @Override
  public List<Chart> charts() {
    boolean deep = question == Question.DEPTH;
    Axis asked = new Axis(deep ? "depth, convolutions" : "width, filters of a convolution", true);
    ToDoubleFunction<Size> x = deep ? Size::depth : Size::width;
    List<Chart> charts = new ArrayList<>();
    addErrors(
        charts,
        deep ? "depth" : "width",
        deep ? "Errors by depth, at the same width" : "Errors by width, at the same depth",
        asked,
        slices.stream().filter(slice -> !slice.alike().isMatched()).toList(),
        x);
    addErrors(
        charts,
        "matched",
        "Errors at matched parameters and at matched multiply-adds",
        asked,
        slices.stream().filter(slice -> slice.alike().isMatched()).toList(),
        x);
    List<Slice> depths =
        results.keySet().stream()
            .collect(Collectors.groupingBy(Size::depth, TreeMap::new, Collectors.toList()))
            .entrySet()
            .stream()
            .map(entry ->
                new Slice(
                    Alike.DEPTH,
                    entry.getKey(),
                    entry.getValue().stream()
                        .sorted(Comparator.comparingInt(Size::width))
                        .toList()))
            .toList();
    addErrors(
        charts,
        "parameters",
        "Errors by parameters",
        new Axis("parameters", true),
        depths,
        size -> result(size).cell().parameters());
    addErrors(
        charts,
        "multiply-adds",
        "Errors by multiply-adds",
        new Axis("multiply-adds of a forward pass, per image", true),
        depths,
        size -> result(size).cell().multiplyAdds());
    charts.add(Findings.rates(all()));
    return charts;
  }

  private void addErrors(
      List<Chart> charts,
      String name,
      String title,
      Axis x,
      List<Slice> lines,
      ToDoubleFunction<Size> at) {
    List<Line> all = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Slice slice = lines.get(i);
      Findings.errors(
              slice.shortly(),
              i,
              slice.sizes().stream().map(at::applyAsDouble).toList(),
              of(slice.sizes()))
          .forEach(all::add);
    }
    if (!all.isEmpty()) {
      charts.add(new Chart(name, title, x, new Axis("error, %", false), all));
    }
  }
}
