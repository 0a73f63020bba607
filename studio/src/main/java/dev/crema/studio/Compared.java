package dev.crema.studio;

import dev.crema.studio.draw.Element;
import dev.crema.studio.draw.Numbers;
import dev.crema.studio.draw.Plot;
import dev.crema.studio.draw.Plot.Point;
import dev.crema.studio.draw.Strip;
import dev.crema.train.CheckpointException;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Experiment;
import dev.crema.train.Score;
import dev.crema.train.Yaml;
import dev.crema.train.compare.Difference;
import dev.crema.train.compare.Gathering;
import dev.crema.train.compare.NetFigures;
import dev.crema.train.compare.Report;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Several runs side by side. */
final class Compared {
  private Compared() {}

  static Section of(List<Subject> subjects, String id) {
    Section section = new Section(id, "Comparison");
    Gathering gathering = Gathering.of(subjects.stream().map(Subject::member).toList());
    section.text(
        "Runs whose experiments differ in nothing but the seed are one network's. Accuracies and calibration errors (ECE) are of the test images, used once in each run, at its end, and in %, differences in points; docs/compare.md says what each figure means.");
    figures(gathering, section);
    curves(gathering, subjects, section);
    runs(gathering, subjects, section);
    differences(gathering, section);
    return section;
  }

  private static void figures(Gathering gathering, Section section) {
    try {
      gathering
          .report()
          .ifPresentOrElse(
              report -> figures(report, section),
              () -> section.missing("The figures are", "no training has come to its end"));
    } catch (CheckpointException e) {
      section.missing("The figures are", String.valueOf(e.getMessage()));
    }
  }

  private static void figures(Report report, Section section) {
    section.table(report.netTable(), List.of(0));
    if (report.differences().stream().anyMatch(Difference.BySeeds.class::isInstance)) {
      section.table(report.deltaTable(), List.of(0));
    }
    Element list = Element.of("ul");
    report.differences().forEach(each -> list.add(Element.of("li", each.verdict())));
    report.notes().forEach(note -> list.add(Element.of("li", "Note: " + note)));
    section.add(list);
    section.figure(
        "accuracy",
        Strip.svg(
            "Test accuracy by network",
            "accuracy, %",
            report.nets().stream().map(Compared::row).toList()),
        "A point for each seed, the mean, and its 95 % interval by Student's t where there are several seeds.");
    against(section, report, "parameters", "parameters", net -> (double) net.parameters());
    against(
        section,
        report,
        "multiply-adds",
        "multiply-adds for one image",
        net -> (double) net.multiplyAdds());
    against(
        section, report, "seconds", "seconds of training", net -> net.seconds().orElse(Double.NaN));
  }

  private static Strip.Row row(NetFigures net) {
    double half = net.halfWidth().orElse(0);
    return new Strip.Row(
        net.label(),
        net.accuracies().stream().map(accuracy -> 100 * accuracy).toList(),
        100 * Math.max(0, net.mean() - half),
        100 * Math.min(1, net.mean() + half));
  }

  private static void against(
      Section section,
      Report report,
      String name,
      String label,
      ToDoubleFunction<NetFigures> cost) {
    Plot plot = new Plot("Accuracy against " + name, label, "test accuracy, %").logX();
    for (NetFigures net : report.nets()) {
      double deviation = net.deviation().orElse(0);
      plot.points(
          net.label(),
          List.of(
              new Point(
                  cost.applyAsDouble(net),
                  100 * net.mean(),
                  100 * (net.mean() - deviation),
                  100 * (net.mean() + deviation))));
    }
    section.figure(
        "accuracy-against-" + name,
        plot.svg(),
        "The mean over the seeds, with one standard deviation to each side.");
  }

  private static void curves(Gathering gathering, List<Subject> subjects, Section section) {
    boolean validated =
        subjects.stream()
            .allMatch(subject ->
                subject.story().epochs().stream()
                    .allMatch(epoch -> epoch.validation().isPresent()));
    String of = validated ? "Validation" : "Training";
    String caption = "The mean over the seeds, in a band from the lowest to the highest.";
    section.figure(
        "accuracy-curves",
        curve(
            gathering,
            subjects,
            new Plot(of + " accuracy", "epoch", "accuracy").wholeX().within(0, 1),
            validated,
            Score::accuracy),
        caption);
    section.figure(
        "loss-curves",
        curve(
            gathering,
            subjects,
            new Plot(of + " loss", "epoch", "loss, nats per image").wholeX(),
            validated,
            Score::loss),
        caption);
  }

  private static Element curve(
      Gathering gathering,
      List<Subject> subjects,
      Plot plot,
      boolean validated,
      ToDoubleFunction<Score> figure) {
    for (Gathering.Group group : gathering.groups()) {
      Map<Integer, List<Double>> byEpoch = new TreeMap<>();
      for (Gathering.Member member : group.members()) {
        for (EpochEnded epoch : subject(subjects, member).story().epochs()) {
          Score score = validated ? epoch.validation().orElseThrow() : epoch.train();
          byEpoch
              .computeIfAbsent(epoch.epoch(), _ -> new ArrayList<>())
              .add(figure.applyAsDouble(score));
        }
      }
      List<Point> points = new ArrayList<>();
      byEpoch.forEach((epoch, figures) ->
          points.add(
              Plot.spread(epoch, figures.stream().mapToDouble(Double::doubleValue).toArray())));
      plot.line(group.label(), points);
    }
    return plot.svg();
  }

  private static Subject subject(List<Subject> subjects, Gathering.Member member) {
    return subjects.stream()
        .filter(subject -> subject.run().equals(member.run()))
        .findFirst()
        .orElseThrow();
  }

  private static void runs(Gathering gathering, List<Subject> subjects, Section section) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("net", "run", "seed", "test accuracy", "test loss", "epochs", "seconds"));
    for (Gathering.Group group : gathering.groups()) {
      for (Gathering.Member member : group.members()) {
        Subject subject = subject(subjects, member);
        rows.add(
            List.of(
                group.label(),
                subject.name(),
                String.valueOf(member.experiment().training().seed()),
                subject.result("test_accuracy").map(Numbers::percent).orElse("-"),
                subject.result("test_loss").map(x -> Numbers.text("%.4f", x)).orElse("-"),
                subject.result("epochs").map(x -> Numbers.text("%.0f", x)).orElse("-"),
                subject.result("train_seconds").map(x -> Numbers.text("%.1f", x)).orElse("-")));
      }
    }
    section.add(Element.of("h3", "Runs")).table(rows, List.of(0, 1));
  }

  /** The keys of the experiments that are not the same in all groups. */
  private static void differences(Gathering gathering, Section section) {
    section.add(Element.of("h3", "How their experiments differ"));
    List<Map<String, String>> experiments =
        gathering.groups().stream()
            .map(group -> keys(group.members().getFirst().experiment()))
            .toList();
    List<List<String>> rows = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of("key"));
    gathering.groups().forEach(group -> head.add(group.label()));
    rows.add(head);
    Set<String> keys = new LinkedHashSet<>();
    experiments.forEach(each -> keys.addAll(each.keySet()));
    for (String key : keys) {
      List<String> values = experiments.stream().map(each -> each.getOrDefault(key, "")).toList();
      if (values.stream().distinct().count() > 1) {
        List<String> row = new ArrayList<>(List.of(key));
        row.addAll(values);
        rows.add(row);
      }
    }
    if (rows.size() == 1) {
      section.text("In nothing but the seed.");
      return;
    }
    section.table(rows, IntStream.range(0, head.size()).boxed().toList());
  }

  /** What an experiment says apart from its seed, by its keys in a file. */
  private static Map<String, String> keys(Experiment experiment) {
    Map<String, String> keys = Yaml.parse(experiment.name(), experiment.text()).leaves();
    keys.remove("seed");
    return keys;
  }
}
