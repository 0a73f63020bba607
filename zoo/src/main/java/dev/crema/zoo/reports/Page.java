package dev.crema.zoo.reports;

import dev.crema.train.Run;
import dev.crema.train.Table;
import dev.crema.train.Training;
import dev.crema.zoo.reports.Attempt.Departure;
import dev.crema.zoo.reports.Result.Measured;
import dev.crema.zoo.reports.Result.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** How results are shown: measured beside published, and what each figure means. */
public final class Page {
  private Page() {}

  /** Results for a terminal, report by report. */
  public static String text(List<Result> results) {
    StringBuilder text = new StringBuilder();
    for (List<Result> ofReport : byReport(results)) {
      Report report = ofReport.getFirst().attempt().report();
      text.append("%s %s: %s%n".formatted(report.name(), report.title(), report.about()));
      departures(ofReport).forEach(line -> text.append(line).append(System.lineSeparator()));
      text.append(System.lineSeparator())
          .append(Table.text(figures(ofReport), List.of(0, 1, 4)))
          .append(System.lineSeparator())
          .append(Table.text(trainings(ofReport), List.of(0, 1)))
          .append(System.lineSeparator());
    }
    meanings(results)
        .forEach(figure -> text.append("%s: %s%n".formatted(figure.label(), figure.meaning())));
    return text.toString().stripTrailing();
  }

  /**
   * Results as a page of their own in Markdown.
   *
   * @param command what writes this page
   */
  public static String markdown(List<Result> results, String command) {
    StringBuilder text = new StringBuilder();
    text.append("# Results\n\n")
        .append("What five reports on image classification published, and what Crema measures.\n")
        .append("`%s` wrote this page from run directories: do not edit it.\n".formatted(command))
        .append("[reproduce.md](reproduce.md) says how to make the runs.\n\n")
        .append(count(results));
    List<String> machines =
        results.stream()
            .flatMap(result -> result.finished().stream())
            .map(Run::machine)
            .distinct()
            .toList();
    for (List<Result> ofReport : byReport(results)) {
      Report report = ofReport.getFirst().attempt().report();
      text.append(
          "\n## %s `%s`\n\n%s.\n\n"
              .formatted(report.name(), report.title(), capital(report.about())));
      departures(ofReport).forEach(line -> text.append("**").append(line).append("**\n\n"));
      text.append(Table.markdown(figures(ofReport)))
          .append("\n")
          .append(Table.markdown(made(ofReport, machines)));
      chosen(ofReport)
          .forEach((what, recipes) ->
              text.append("\nChosen for %s: %s.\n".formatted(String.join(", ", recipes), what)));
    }
    text.append("\n## What the figures mean\n\n");
    meanings(results)
        .forEach(figure -> text.append("- %s: %s.\n".formatted(figure.label(), figure.meaning())));
    text.append(
            "- sd: the standard deviation over the seeds, with n - 1; measured is their mean.\n")
        .append("- seconds: the mean of a training, evaluation and warming up left out.\n");
    if (!machines.isEmpty()) {
      text.append("\n## Machines\n\n");
      for (int i = 0; i < machines.size(); i++) {
        text.append("- %s: %s\n".formatted(letter(i), machines.get(i)));
      }
    }
    return text.toString();
  }

  private static String count(List<Result> results) {
    List<Verdict> verdicts =
        results.stream()
            .flatMap(result -> result.figures().stream())
            .filter(figure -> figure.published().figure().isJudged())
            .filter(figure -> figure.published().value().isPresent())
            .map(Measured::verdict)
            .toList();
    long reached = verdicts.stream().filter(Verdict.REACHED::equals).count();
    long below = verdicts.stream().filter(Verdict.BELOW::equals).count();
    long missing = verdicts.size() - reached - below;
    return "Of %s published accuracies %s are reached and %s are below%s.\n"
        .formatted(
            verdicts.size(),
            reached,
            below,
            missing == 0 ? "" : "; %s have no full run yet".formatted(missing));
  }

  private static Collection<List<Result>> byReport(List<Result> results) {
    Map<String, List<Result>> reports = new LinkedHashMap<>();
    results.forEach(result ->
        reports
            .computeIfAbsent(result.attempt().report().name(), _ -> new ArrayList<>())
            .add(result));
    return reports.values();
  }

  /** What differs from the report, a line for each difference, with the recipes that have it. */
  private static List<String> departures(List<Result> results) {
    Map<Departure, List<String>> recipes = new LinkedHashMap<>();
    for (Result result : results) {
      for (Departure departure : result.attempt().departures()) {
        recipes
            .computeIfAbsent(departure, _ -> new ArrayList<>())
            .add(result.attempt().entry().name());
      }
    }
    return recipes.entrySet().stream()
        .map(entry ->
            "%s (%s): %s; nothing counts as reached"
                .formatted(
                    entry.getKey().tag(),
                    String.join(", ", entry.getValue()),
                    entry.getKey().detail()))
        .toList();
  }

  /** What was chosen where the report is silent, with the recipes that it was chosen for. */
  private static Map<String, List<String>> chosen(List<Result> results) {
    Map<String, List<String>> recipes = new LinkedHashMap<>();
    results.stream()
        .map(result -> result.attempt().entry())
        .filter(entry -> !entry.chosen().isEmpty())
        .forEach(entry ->
            recipes
                .computeIfAbsent(entry.chosen(), _ -> new ArrayList<>())
                .add("`" + entry.name() + "`"));
    return recipes;
  }

  private static List<List<String>> figures(List<Result> results) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("recipe", "figure", "published", "measured", ""));
    for (Result result : results) {
      for (Measured figure : result.figures()) {
        rows.add(
            List.of(
                result.attempt().entry().name(),
                figure.published().figure().label(),
                figure.published().text(),
                figure.values().isEmpty() ? result.state() : figure.text(),
                result.words(figure)));
      }
    }
    return rows;
  }

  private static List<List<String>> trainings(List<Result> results) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("recipe", "data", "epochs", "batch", "seeds", "seconds"));
    results.forEach(result -> rows.add(training(result)));
    return rows;
  }

  private static List<String> training(Result result) {
    Attempt attempt = result.attempt();
    Training training = attempt.experiment().training();
    return List.of(
        attempt.entry().name(),
        attempt.experiment().feed().data(),
        String.valueOf(training.epochs()),
        String.valueOf(training.batch()),
        seeds(attempt.seeds()),
        result.seconds().isPresent()
            ? String.format(Locale.ROOT, "%,.1f", result.seconds().getAsDouble())
            : result.state());
  }

  private static String seeds(List<Long> seeds) {
    return seeds.size() == 1
        ? String.valueOf(seeds.getFirst())
        : "%s to %s".formatted(seeds.getFirst(), seeds.getLast());
  }

  /** The trainings, with when and on what they were made. */
  private static List<List<String>> made(List<Result> results, List<String> machines) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "recipe", "data", "epochs", "batch", "seeds", "seconds", "machine", "begun", "commit"));
    for (Result result : results) {
      List<String> row = new ArrayList<>(training(result));
      row.add(
          joined(result.finished().stream().map(run -> letter(machines.indexOf(run.machine())))));
      row.add(joined(result.finished().stream().map(run -> fact(run, "started", 10)).limit(1)));
      row.add(joined(result.finished().stream().map(run -> fact(run, "git", 8))));
      rows.add(row);
    }
    return rows;
  }

  private static String joined(Stream<String> words) {
    return String.join(", ", words.distinct().toList());
  }

  /** The beginning of what a run says about what it was made on. */
  private static String fact(Run run, String name, int length) {
    String value = Objects.toString(run.environment().get(name), "");
    return value.substring(0, Math.min(length, value.length()));
  }

  private static String letter(int index) {
    return index < 26 ? String.valueOf((char) ('A' + index)) : String.valueOf(index + 1);
  }

  private static List<Figure> meanings(List<Result> results) {
    return results.stream()
        .flatMap(result -> result.attempt().entry().figures().stream())
        .map(Published::figure)
        .distinct()
        .sorted()
        .toList();
  }

  private static String capital(String words) {
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }
}
