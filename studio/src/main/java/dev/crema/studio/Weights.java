package dev.crema.studio;

import dev.crema.nn.Graph;
import dev.crema.nn.Shape;
import dev.crema.studio.draw.Cells;
import dev.crema.studio.draw.HeatMap;
import dev.crema.studio.draw.Numbers;
import dev.crema.studio.draw.Raster;
import dev.crema.studio.draw.Tiles;
import dev.crema.train.Checkpoint;
import dev.crema.train.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What was learned: the weights as they are at the end. */
final class Weights {
  private static final int MOST_ROWS = 128;
  private static final int MOST_COLUMNS = 256;
  private static final int MOST_FILTERS = 64;

  /** The part of the numbers that the colours tell apart; few large ones would pale all others. */
  private static final double SHOWN = 0.995;

  private Weights() {}

  static Section of(Subject subject, String id) {
    Section section = new Section(id, "Weights");
    return switch (subject.weights()) {
      case Subject.Found.Missing<Checkpoint>(String why) -> section.missing("The weights are", why);
      case Subject.Found.Here<Checkpoint>(Checkpoint checkpoint) -> {
        section.text(
            "After step %s%s."
                .formatted(
                    Numbers.count(checkpoint.step()),
                    subject.result("best_epoch").isPresent() ? ", those of the best epoch" : ""));
        filters(subject.graph(), checkpoint.weights(), section);
        checkpoint
            .weights()
            .forEach((name, tensor) -> {
              if (tensor instanceof Tensor.Floats(var shape, var values) && shape.size() > 1) {
                matrix(section, name, shape, values);
              }
            });
        yield section;
      }
    };
  }

  private static void matrix(Section section, String name, List<Integer> shape, float[] values) {
    int outputs = shape.getFirst();
    int inputs = values.length / outputs;
    int rows = Math.min(outputs, MOST_ROWS);
    int columns = Math.min(inputs, MOST_COLUMNS);
    Cells cells =
        (row, column) ->
            values[
                (int) ((long) row * outputs / rows) * inputs
                    + (int) ((long) column * inputs / columns)];
    String cut =
        rows < outputs || columns < inputs
            ? ", %s × %s of them shown, evenly spread".formatted(rows, columns)
            : "";
    section.figure(
        "heatmap-" + name,
        HeatMap.matrix(
            name,
            rows,
            columns,
            limit(values),
            cells,
            "%s outputs ↓  %s inputs →".formatted(Numbers.count(outputs), Numbers.count(inputs))),
        "%s%s."
            .formatted(
                shape.stream().map(String::valueOf).collect(Collectors.joining(" × ")), cut));
  }

  /** What the strongest colours mean. */
  private static double limit(float[] values) {
    double[] sizes = new double[values.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(values[i]);
    }
    Arrays.sort(sizes);
    double limit = sizes[(int) (SHOWN * (sizes.length - 1))];
    return limit > 0 ? limit : 1;
  }

  /** What each output of the first layer with weights looks for in an image. */
  private static void filters(Graph graph, Map<String, Tensor> weights, Section section) {
    Optional<Graph.Node> first =
        graph.nodes().stream()
            .filter(node -> weights.containsKey(node.path() + ".weight"))
            .findFirst();
    if (first.isEmpty()
        || !(weights.get(first.get().path() + ".weight")
            instanceof Tensor.Floats(var shape, var values))) {
      return;
    }
    Shape input = graph.input();
    int outputs = shape.getFirst();
    int each = values.length / outputs;
    int height;
    int width;
    if (shape.size() == 4) {
      height = shape.get(2);
      width = shape.get(3);
    } else if (shape.size() == 2 && each == input.size() && !input.isFeatures()) {
      height = input.height();
      width = input.width();
    } else {
      return; // it does not look at images
    }
    double limit = limit(values);
    int shown = Math.min(outputs, MOST_FILTERS);
    List<Tiles.Tile> tiles = new ArrayList<>();
    for (int i = 0; i < shown; i++) {
      int start = i * each;
      tiles.add(
          new Tiles.Tile(
              Raster.numbers(
                  height, width, (row, column) -> values[start + row * width + column] / limit),
              List.of()));
    }
    boolean channels = each > height * width;
    section.figure(
        "filters",
        Tiles.grid(
            "First layer: what each output looks for",
            shown > 16 ? 8 : Math.max(4, Math.min(6, shown)),
            tiles,
            (double) height / width,
            Optional.of(limit)),
        "%s.weight, %s × %s each%s%s: red adds, blue takes away."
            .formatted(
                first.get().path(),
                height,
                width,
                channels ? ", of the first channel" : "",
                shown < outputs ? ", of the first " + shown + " outputs" : ""));
  }
}
