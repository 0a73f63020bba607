package dev.crema.studio;

import dev.crema.studio.draw.Numbers;
import dev.crema.studio.draw.Plot;
import dev.crema.studio.draw.Plot.Point;
import dev.crema.studio.draw.Ridgelines;
import dev.crema.studio.draw.Ridgelines.Ridge;
import dev.crema.train.Event.ParameterMeasured;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** How the parameters moved. */
final class Parameters {
  /** Ridges of a picture; of many parameters fewer. */
  private static final int RIDGES = 20;

  private static final int FEW_RIDGES = 10;
  private static final int MANY = 24;

  /** Changing a thousandth at each step is usual in a training that goes well. */
  private static final double USUAL_RATIO = 1e-3;

  private Parameters() {}

  static Section of(Subject subject, String id) {
    Section section = new Section(id, "Parameters over the training");
    Map<String, List<ParameterMeasured>> parameters = subject.story().parameters();
    if (parameters.isEmpty()) {
      return section.missing(
          "Histograms of the parameters and their update ratios are",
          "the run did not log them; runs of this version of Crema do");
    }
    section.text(
        "Each parameter's numbers before the first step, after a few early steps, and after each epoch (or several short ones), the oldest at the back; the number beside a ridge is its step. Each ridge is scaled to its own peak, and the outermost 0.2 % of numbers are cut on each side. Of a parameter with more than 4,096 numbers about as many are looked at, evenly spread.");
    int most = parameters.size() > MANY ? FEW_RIDGES : RIDGES;
    parameters.forEach((name, measured) ->
        section.figure(
            "histogram-" + name,
            Ridgelines.svg(
                name,
                chosen(measured, most).stream()
                    .map(m -> new Ridge(Numbers.count(m.step()), m.low(), m.high(), m.counts()))
                    .toList()),
            ""));
    return section.figure(
        "update-ratio",
        ratios(parameters),
        "How much one step changes a parameter: the norm of the change by the norm of the numbers before it. The dotted line, a thousandth, is a rule of thumb for a training that goes well.");
  }

  /** So many of them, evenly spread, the first and the last among them. */
  private static List<ParameterMeasured> chosen(List<ParameterMeasured> all, int most) {
    return all.size() <= most
        ? all
        : IntStream.range(0, most)
            .mapToObj(i -> all.get((int) ((long) i * (all.size() - 1) / (most - 1))))
            .toList();
  }

  private static dev.crema.studio.draw.Element ratios(
      Map<String, List<ParameterMeasured>> parameters) {
    Plot plot = new Plot("Update-to-parameter ratio", "step", "ratio").logX().logY();
    Map<String, List<Point>> lines = new TreeMap<>();
    parameters.forEach((name, measured) -> {
      List<Point> points = new ArrayList<>();
      measured.forEach(
          m -> m.updateRatio().ifPresent(ratio -> points.add(new Point(m.step(), ratio))));
      lines.put(name, points);
    });
    boolean few = parameters.keySet().stream().filter(Parameters::isWeight).count() <= Plot.COLOURS;
    if (few) {
      parameters.keySet().stream()
          .filter(Parameters::isWeight)
          .forEach(name -> plot.line(name, points(lines, name)));
      parameters.keySet().stream()
          .filter(name -> !isWeight(name))
          .forEach(name -> plot.line("", points(lines, name), "faint"));
    } else {
      parameters.keySet().forEach(name -> plot.line("", points(lines, name), "faint"));
      plot.line("median of all", median(parameters), "c0");
    }
    long last =
        parameters.values().stream()
            .mapToLong(measured -> measured.getLast().step())
            .max()
            .orElse(1);
    return plot.line("", Plot.level(1, Math.max(2, last), USUAL_RATIO), "guide").svg();
  }

  private static List<Point> points(Map<String, List<Point>> lines, String name) {
    return lines.getOrDefault(name, List.of());
  }

  private static boolean isWeight(String name) {
    return name.endsWith("weight");
  }

  private static List<Point> median(Map<String, List<ParameterMeasured>> parameters) {
    Map<Long, List<Double>> bySteps = new TreeMap<>();
    parameters
        .values()
        .forEach(measured ->
            measured.forEach(m ->
                m.updateRatio()
                    .ifPresent(ratio ->
                        bySteps.computeIfAbsent(m.step(), _ -> new ArrayList<>()).add(ratio))));
    List<Point> points = new ArrayList<>();
    bySteps.forEach((step, ratios) -> {
      double[] sorted = ratios.stream().mapToDouble(x -> x).toArray();
      Arrays.sort(sorted);
      points.add(new Point(step, sorted[sorted.length / 2]));
    });
    return points;
  }
}
