package dev.crema.studio;

import dev.crema.nn.Graph;
import dev.crema.nn.Net;
import dev.crema.nn.Op;
import dev.crema.nn.Shape;
import dev.crema.nn.Summary;
import dev.crema.studio.draw.Element;
import dev.crema.studio.draw.Flow;
import dev.crema.studio.draw.Numbers;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/** The network as a drawing and as a table. */
final class Structure {
  private Structure() {}

  static Section of(Subject subject, String id) {
    Section section = new Section(id, "Network");
    Graph graph = subject.graph();
    Summary summary = Summary.of(graph);
    Element drawing =
        section.wideFigure(
            "network",
            Flow.svg(
                "The network " + subject.experiment().name(),
                new Builder(summary).parts(subject.experiment().net(), graph.input())),
            "The layers from the input to the output, each with the shape that it makes "
                + "(channels × height × width). What neither learns nor changes the shape stands in the box before it.");
    return section.beside(
        drawing,
        Element.of(
            "div",
            Section.tableOf(layers(summary), List.of(0, 1, 2, 3)),
            Section.tableOf(totals(summary), List.of(0))));
  }

  private static List<List<String>> layers(Summary summary) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("layer", "path", "input", "output", "parameters", "multiply-adds"));
    for (Summary.Row row : summary.rows()) {
      rows.add(
          List.of(
              row.layer(),
              row.path(),
              row.inputs().stream().map(Structure::text).collect(Collectors.joining(", ")),
              text(row.output()),
              Numbers.count(row.parameters()),
              Numbers.count(row.multiplyAdds())));
    }
    return rows;
  }

  private static List<List<String>> totals(Summary summary) {
    return List.of(
        List.of("in all", "for one image"),
        List.of("parameters", Numbers.count(summary.parameters())),
        List.of("trainable", Numbers.count(summary.trainable())),
        List.of("not trainable", Numbers.count(summary.parameters() - summary.trainable())),
        List.of("multiply-adds", Numbers.count(summary.multiplyAdds())),
        List.of("input, MiB", Numbers.text("%.2f", summary.inputMb())),
        List.of("forward and backward, MiB", Numbers.text("%.2f", summary.forwardBackwardMb())),
        List.of("parameters, MiB", Numbers.text("%.2f", summary.paramsMb())),
        List.of("total, MiB", Numbers.text("%.2f", summary.totalMb())));
  }

  static String text(Shape shape) {
    return shape.dims().stream().map(String::valueOf).collect(Collectors.joining(" × "));
  }

  /** Makes boxes of a network; its layers come in the order of the summary's rows. */
  private static final class Builder {
    private final Iterator<Summary.Row> rows;

    /** Of the box that was made last. */
    private long boxParameters;

    Builder(Summary summary) {
      rows = summary.rows().iterator();
    }

    List<Flow.Part> parts(Net net, Shape input) {
      List<Flow.Part> parts = new ArrayList<>();
      parts.add(new Flow.Box("input", text(input), "end"));
      add(net, parts);
      return parts;
    }

    private void add(Net net, List<Flow.Part> to) {
      switch (net) {
        case Net.Chain(var nets) -> nets.forEach(each -> add(each, to));
        case Net.Named(var _, var inner) -> add(inner, to);
        case Net.Sum(var nets) -> join(nets, to);
        case Net.Concat(var nets) -> join(nets, to);
        case Op _ -> layer(rows.next(), to);
      }
    }

    private void join(List<Net> nets, List<Flow.Part> to) {
      List<List<Flow.Part>> branches = new ArrayList<>();
      for (Net net : nets) {
        List<Flow.Part> branch = new ArrayList<>();
        add(net, branch);
        branches.add(branch);
      }
      to.add(new Flow.Branches(branches));
      Summary.Row row = rows.next();
      add(kind(row), row, "join", 0, to);
    }

    private void layer(Summary.Row row, List<Flow.Part> to) {
      if (kind(row).equals("Identity")) {
        return; // alone in its branch it is a line that passes by
      }
      boolean plain = row.parameters() == 0 && row.inputs().equals(List.of(row.output()));
      boolean fits = plain || kind(row).equals("BatchNorm");
      if (fits
          && !to.isEmpty()
          && to.getLast() instanceof Flow.Box box
          && !box.style().equals("end")) {
        to.removeLast();
        add(box.title() + " · " + kind(row), row, box.style(), boxParameters, to);
      } else {
        add(row.layer(), row, row.parameters() == 0 ? "plain" : "learning", 0, to);
      }
    }

    private void add(String title, Summary.Row row, String style, long before, List<Flow.Part> to) {
      boxParameters = before + row.parameters();
      String text = text(row.output());
      to.add(
          new Flow.Box(
              title,
              boxParameters == 0
                  ? text
                  : "%s · %s parameters".formatted(text, Numbers.count(boxParameters)),
              style));
    }

    private static String kind(Summary.Row row) {
      return row.layer().substring(0, row.layer().lastIndexOf('-'));
    }
  }
}
