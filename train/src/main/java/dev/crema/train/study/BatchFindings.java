package dev.crema.train.study;

import dev.crema.train.Table;
import dev.crema.train.study.BatchPlan.Equal;
import dev.crema.train.study.BatchPlan.Member;
import dev.crema.train.study.Chart.Axis;
import dev.crema.train.study.Chart.Line;
import dev.crema.train.study.Trial.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a study of batch size found.
 *
 * @param net what was trained
 * @param data the data set
 * @param testImages how many images the test errors are of
 * @param seeds in the order of all lists
 * @param target the validation accuracy that steps and seconds are counted to
 * @param results of all batch sizes under all budgets, in the order in which they were trained
 */
public record BatchFindings(
    String net,
    String data,
    int testImages,
    List<Long> seeds,
    double target,
    Map<Member, Result> results)
    implements Findings {
  private static final Axis BATCH = new Axis("batch size, images", true);

  /** Copies the collections. */
  public BatchFindings {
    seeds = List.copyOf(seeds);
    results = new LinkedHashMap<>(results);
    Result.checkJudged(testImages, results.values());
    if (!(target >= 0 && target <= 1)) {
      throw new IllegalArgumentException("target must lie in [0, 1], got " + target);
    }
  }

  /** The highest whole percent of validation accuracy that every run with a chosen rate reaches. */
  public static double commonTarget(List<Result> results) {
    double lowest =
        results.stream()
            .flatMap(result -> result.trials().stream())
            .flatMapToDouble(trial -> trial.highest().stream())
            .min()
            .orElse(0);
    return Math.floor(100 * lowest + 1e-9) / 100;
  }

  private String accuracy() {
    return Text.number(Math.rint(1e4 * target) / 100);
  }

  private OptionalDouble steps(Result result) {
    return result.toTarget(target, point -> (double) point.step());
  }

  private OptionalDouble seconds(Result result) {
    return result.toTarget(target, Point::seconds);
  }

  private List<Result> all() {
    return List.copyOf(results.values());
  }

  private Map<Member, Result> under(Equal equal) {
    Map<Member, Result> found = new LinkedHashMap<>();
    results.forEach((member, result) -> {
      if (member.equal() == equal) {
        found.put(member, result);
      }
    });
    return found;
  }

  private Fit fit(Member member, Result result) {
    Result best = Findings.best(List.copyOf(under(member.equal()).values()));
    return Fit.of(result, best, testImages);
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("study", "batch-size");
    map.put("net", net);
    map.put("data", data);
    map.put("test_images", testImages);
    map.put("seeds", seeds);
    map.put("target", target);
    List<Map<String, Object>> cells = new ArrayList<>();
    results.forEach((member, result) -> {
      Map<String, Object> cell = new LinkedHashMap<>();
      cell.put("equal", Text.lower(member.equal()));
      cell.put("batch", member.batch());
      cell.put("steps", member.steps());
      cell.put("epochs", member.epochs());
      cell.putAll(result.figures());
      steps(result).ifPresent(steps -> cell.put("steps_to_target", steps));
      seconds(result).ifPresent(seconds -> cell.put("seconds_to_target", seconds));
      cell.put("verdict", Text.lower(fit(member, result)));
      cell.putAll(result.runs());
      cells.add(cell);
    });
    map.put("cells", cells);
    map.put("words", words());
    map.put("notes", Result.notes(all()));
    return map;
  }

  @Override
  public List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        Stream.of(
                List.of("equal", "batch", "steps", "epochs"),
                Findings.columns(),
                List.of("steps_to_target", "seconds_to_target", "verdict"))
            .flatMap(List::stream)
            .toList());
    results.forEach((member, result) ->
        rows.add(
            Stream.of(
                    List.of(
                        Text.lower(member.equal()),
                        String.valueOf(member.batch()),
                        String.valueOf(member.steps()),
                        Text.number(member.epochs())),
                    Findings.row(result),
                    List.of(
                        csv(steps(result)), csv(seconds(result)), Text.lower(fit(member, result))))
                .flatMap(List::stream)
                .toList()));
    return rows;
  }

  private static String csv(OptionalDouble number) {
    return number.isPresent() ? Text.number(number.getAsDouble()) : "";
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        Text.text(
            "%s on %s, %s: errors in %%, those on %,d test images from one use, after the last epoch; rates chosen by validation; target %s %% of the validation images right%n",
            net, data, Text.seeds(seeds), testImages, accuracy()));
    for (Equal equal : Equal.values()) {
      text.append(Text.text("%nequal %s%n", Text.lower(equal))).append(table(under(equal)));
    }
    text.append(System.lineSeparator());
    Stream.concat(words().stream(), Result.notes(all()).stream().map(note -> "note: " + note))
        .forEach(line -> text.append(line).append(System.lineSeparator()));
    return text.toString().stripTrailing();
  }

  private String table(Map<Member, Result> members) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "batch",
            "rate",
            "epochs",
            "steps",
            "seconds",
            "training",
            "validation",
            "test",
            "sd",
            "gap",
            "steps to target",
            "seconds to target",
            "verdict"));
    members.forEach((member, result) ->
        rows.add(
            List.of(
                String.valueOf(member.batch()),
                Text.number(result.rate()),
                Text.text("%.2f", member.epochs()),
                Text.text("%,d", member.steps()),
                Text.or(result.seconds(), 1, "%.1f"),
                Text.percent(result.trainError()),
                Text.percent(result.validationError()),
                Text.percent(result.testError()),
                Text.or(result.deviation(), 100, "%.2f"),
                Text.percent(result.gap()),
                Text.or(steps(result), 1, "%,.0f"),
                Text.or(seconds(result), 1, "%.2f"),
                fit(member, result).words())));
    return Table.text(rows, List.of(12));
  }

  /** What the figures say, budget by budget, and then what the target takes. */
  public List<String> words() {
    List<String> lines = new ArrayList<>();
    for (Equal equal : Equal.values()) {
      Map<String, Result> named = new LinkedHashMap<>();
      under(equal).forEach((member, result) -> named.put("batch " + member.batch(), result));
      lines.add("equal %s: %s".formatted(Text.lower(equal), Fit.verdicts(named, testImages)));
    }
    Optional<Member> steps = fewest(this::steps);
    Optional<Member> seconds = fewest(this::seconds);
    if (steps.isEmpty() || seconds.isEmpty()) {
      lines.add(Text.text("no batch size has %s %% of the validation images right", accuracy()));
      return lines;
    }
    lines.add(
        Text.text(
            "to %s %% of the validation images right: the fewest steps are %,.0f, with batch %d (equal %s); the fewest seconds are %.2f, with batch %d (equal %s)",
            accuracy(),
            steps(result(steps.get())).orElseThrow(),
            steps.get().batch(),
            Text.lower(steps.get().equal()),
            seconds(result(seconds.get())).orElseThrow(),
            seconds.get().batch(),
            Text.lower(seconds.get().equal())));
    return lines;
  }

  private Result result(Member member) {
    return Objects.requireNonNull(results.get(member), member::toString);
  }

  private Optional<Member> fewest(Function<Result, OptionalDouble> number) {
    return results.entrySet().stream()
        .filter(entry -> number.apply(entry.getValue()).isPresent())
        .min(Comparator.comparingDouble(entry -> number.apply(entry.getValue()).orElseThrow()))
        .map(Map.Entry::getKey);
  }

  @Override
  public List<Chart> charts() {
    List<Chart> charts = new ArrayList<>();
    List<Line> errors = new ArrayList<>();
    for (Equal equal : Equal.values()) {
      Map<Member, Result> members = under(equal);
      Findings.errors(
              "equal " + Text.lower(equal),
              equal.ordinal(),
              members.keySet().stream().map(member -> (double) member.batch()).toList(),
              List.copyOf(members.values()))
          .forEach(errors::add);
    }
    charts.add(
        new Chart("errors", "Errors by batch size", BATCH, new Axis("error, %", false), errors));
    addTarget(charts, "steps", this::steps);
    addTarget(charts, "seconds", this::seconds);
    charts.add(Findings.rates(all()));
    return charts;
  }

  private void addTarget(List<Chart> charts, String unit, Function<Result, OptionalDouble> number) {
    List<Line> lines = new ArrayList<>();
    for (Equal equal : Equal.values()) {
      Map<Member, Result> members = under(equal);
      members.values().removeIf(result -> number.apply(result).isEmpty());
      if (!members.isEmpty()) {
        lines.add(
            new Line(
                "equal " + Text.lower(equal),
                equal.ordinal(),
                false,
                members.keySet().stream().map(member -> (double) member.batch()).toList(),
                members.values().stream()
                    .map(result -> number.apply(result).orElseThrow())
                    .toList()));
      }
    }
    if (!lines.isEmpty()) {
      charts.add(
          new Chart(
              unit + "-to-target",
              Text.text("Training to %s %% of the validation images right", accuracy()),
              BATCH,
              new Axis(unit, true),
              lines));
    }
  }
}
