package dev.crema.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/**
 * What a network is made of and what it costs, layer by layer, for one example of 32-bit numbers.
 *
 * @param input the shape of an example
 * @param rows the layers and joins in the order in which they run
 * @param plannedBytes the memory of a compiled program, if one was asked
 */
public record Summary(Shape input, List<Row> rows, OptionalLong plannedBytes) {
  private static final double MEBIBYTE = 1 << 20;

  /**
   * A layer or a join.
   *
   * @param path where it stands in the network
   * @param layer its kind and how many of the kind there are so far, such as {@code Conv2d-1}
   * @param inputs the shapes of what it reads
   * @param output the shape of what it makes
   * @param parameters how many numbers it learns or keeps
   * @param trainable how many of them it learns
   * @param multiplyAdds multiply-adds of the forward pass for one example
   */
  public record Row(
      String path,
      String layer,
      List<Shape> inputs,
      Shape output,
      long parameters,
      long trainable,
      long multiplyAdds) {
    /** Copies the list. */
    public Row {
      inputs = List.copyOf(inputs);
    }

    private Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("path", path);
      map.put("layer", layer);
      map.put("input", inputs.stream().map(Shape::dims).toList());
      map.put("output", output.dims());
      map.put("parameters", parameters);
      map.put("multiply_adds", multiplyAdds);
      return map;
    }
  }

  /** Copies the list. */
  public Summary {
    rows = List.copyOf(rows);
    if (plannedBytes.orElse(0) < 0) {
      throw new IllegalArgumentException(
          "plannedBytes must not be negative, got " + plannedBytes.getAsLong());
    }
  }

  /** The summary of a network laid out for one input shape. */
  public static Summary of(Graph graph) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    List<Row> rows = new ArrayList<>();
    for (Graph.Node node : graph.nodes()) {
      String kind =
          switch (node) {
            case Graph.OpNode layer -> layer.op().getClass().getSimpleName();
            case Graph.SumNode sum -> "Sum";
            case Graph.ConcatNode concat -> "Concat";
          };
      List<Parameter> parameters = List.of();
      long multiplyAdds = 0;
      if (node instanceof Graph.OpNode layer) {
        parameters = layer.op().parameters(layer.in());
        multiplyAdds = layer.op().multiplyAdds(layer.in());
      }
      rows.add(
          new Row(
              node.path(),
              kind + "-" + counts.merge(kind, 1, Integer::sum),
              node.inputs().stream().map(graph::shape).toList(),
              node.out(),
              parameters.stream().mapToLong(Parameter::size).sum(),
              parameters.stream().filter(Parameter::trainable).mapToLong(Parameter::size).sum(),
              multiplyAdds));
    }
    return new Summary(graph.input(), rows, OptionalLong.empty());
  }

  /** The same with the memory that a program was given, {@link Program#plannedBytes()}. */
  public Summary plannedBytes(long bytes) {
    return new Summary(input, rows, OptionalLong.of(bytes));
  }

  /** How many numbers the network learns or keeps. */
  public long parameters() {
    return sum(Row::parameters);
  }

  /** How many numbers the network learns; it keeps the others, running statistics. */
  public long trainable() {
    return sum(Row::trainable);
  }

  /** Multiply-adds of the forward pass for one example. */
  public long multiplyAdds() {
    return sum(Row::multiplyAdds);
  }

  private long sum(ToLongFunction<Row> count) {
    return rows.stream().mapToLong(count).sum();
  }

  /** MiB of one example. */
  public double inputMb() {
    return mb(input.size());
  }

  /** MiB of all outputs of one example and of their gradients. */
  public double forwardBackwardMb() {
    return 2 * mb(sum(row -> row.output().size()));
  }

  /** MiB of the parameters. */
  public double paramsMb() {
    return mb(parameters());
  }

  /** MiB of the example, the outputs with their gradients, and the parameters. */
  public double totalMb() {
    return inputMb() + forwardBackwardMb() + paramsMb();
  }

  private static double mb(long numbers) {
    return numbers * Float.BYTES / MEBIBYTE;
  }

  /** A table with a row for each layer, and the totals under it. */
  public String text() {
    List<List<String>> cells = new ArrayList<>();
    cells.add(List.of("Layer", "Input", "Output", "Params"));
    for (Row row : rows) {
      cells.add(
          List.of(
              row.layer(),
              row.inputs().stream().map(Summary::batched).toList().toString(),
              batched(row.output()).toString(),
              count(row.parameters())));
    }
    StringBuilder text = new StringBuilder();
    String format =
        "%%-%ss  %%-%ss  %%-%ss  %%%ss\n"
            .formatted(width(cells, 0), width(cells, 1), width(cells, 2), width(cells, 3));
    cells.forEach(line -> text.append(format.formatted(line.toArray())));
    text.append('\n');
    total(text, "Total params", count(parameters()));
    total(text, "Trainable params", count(trainable()));
    total(text, "Non-trainable params", count(parameters() - trainable()));
    total(text, "Multiply-adds", count(multiplyAdds()));
    total(text, "Input size (MB)", decimals(inputMb()));
    total(text, "Forward/backward pass size (MB)", decimals(forwardBackwardMb()));
    total(text, "Params size (MB)", decimals(paramsMb()));
    total(text, "Estimated Total Size (MB)", decimals(totalMb()));
    plannedBytes.ifPresent(bytes -> total(text, "Planned memory (MB)", decimals(bytes / MEBIBYTE)));
    return text.toString();
  }

  private static int width(List<List<String>> cells, int column) {
    return cells.stream().mapToInt(line -> line.get(column).length()).max().orElse(1);
  }

  private static void total(StringBuilder text, String name, String value) {
    text.append(name).append(": ").append(value).append('\n');
  }

  /** A shape with a batch of one before it. */
  private static List<Integer> batched(Shape shape) {
    List<Integer> dims = new ArrayList<>(shape.dims());
    dims.addFirst(1);
    return dims;
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String decimals(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  /** The numbers behind {@link #text()}, as maps and lists. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("parameters", parameters());
    map.put("trainable", trainable());
    map.put("multiply_adds", multiplyAdds());
    map.put("layers", rows.stream().map(Row::toMap).toList());
    map.put("input_mb", inputMb());
    map.put("forward_backward_mb", forwardBackwardMb());
    map.put("params_mb", paramsMb());
    map.put("total_mb", totalMb());
    plannedBytes.ifPresent(bytes -> map.put("planned_bytes", bytes));
    return map;
  }
}
