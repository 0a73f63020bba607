package dev.crema.studio.draw;

import java.util.ArrayList;
import java.util.List;

/** A drawing of boxes, one below the other, that may part into branches and join again. */
public final class Flow {
  private static final double BOX_WIDTH = 224;
  private static final double BOX_HEIGHT = 40;
  private static final double DOWN = 18;
  private static final double ACROSS = 14;
  private static final double BYPASS = 30;
  private static final double MARGIN = 4;
  private static final int LETTERS = 33;

  private Flow() {}

  /** What is drawn below what. */
  public sealed interface Part {}

  /** A box with two lines of text, the second smaller. */
  public record Box(String title, String text, String style) implements Part {}

  /** Parts side by side, fed from one place; one without boxes is a line that passes by. */
  public record Branches(List<List<Part>> branches) implements Part {
    /** Copies the list. */
    public Branches {
      branches = List.copyOf(branches);
    }
  }

  private record Size(double width, double height) {}

  /** Draws parts from top to bottom. */
  public static Element svg(String title, List<Part> parts) {
    Size size = size(parts);
    double width = size.width() + 2 * MARGIN;
    double height = size.height() + 2 * MARGIN;
    Element svg = Svg.picture(title, width, height).with("class", "flow");
    List<Element> boxes = new ArrayList<>();
    stack(svg, boxes, parts, width / 2, MARGIN);
    return svg.add(boxes);
  }

  private static Size size(List<Part> parts) {
    double width = BYPASS;
    double height = 0;
    for (Part part : parts) {
      Size size = size(part);
      width = Math.max(width, size.width());
      height += size.height() + (height > 0 ? DOWN : 0);
    }
    return new Size(width, height);
  }

  private static Size size(Part part) {
    return switch (part) {
      case Box _ -> new Size(BOX_WIDTH, BOX_HEIGHT);
      case Branches(var branches) -> {
        double width = -ACROSS;
        double height = 0;
        for (List<Part> branch : branches) {
          Size size = size(branch);
          width += size.width() + ACROSS;
          height = Math.max(height, size.height());
        }
        yield new Size(width, height + 2 * DOWN);
      }
    };
  }

  /** Draws parts below each other around x, from y on; gives where they end. */
  private static double stack(
      Element lines, List<Element> boxes, List<Part> parts, double x, double y) {
    double at = y;
    for (int i = 0; i < parts.size(); i++) {
      if (i > 0) {
        lines.add(Svg.line(x, at, x, at + DOWN, "edge"));
        at += DOWN;
      }
      at = draw(lines, boxes, parts.get(i), x, at);
    }
    return at;
  }

  private static double draw(Element lines, List<Element> boxes, Part part, double x, double y) {
    Size size = size(part);
    double bottom = y + size.height();
    switch (part) {
      case Box box -> boxes.add(box(box, x, y));
      case Branches(var branches) -> {
        double left = x - size.width() / 2;
        for (List<Part> branch : branches) {
          double width = size(branch).width();
          double middle = left + width / 2;
          lines.add(edge(x, y, middle, y + DOWN));
          double end = stack(lines, boxes, branch, middle, y + DOWN);
          lines.add(Svg.line(middle, end, middle, bottom - DOWN, "edge"));
          lines.add(edge(middle, bottom - DOWN, x, bottom));
          left += width + ACROSS;
        }
      }
    }
    return bottom;
  }

  private static Element edge(double x1, double y1, double x2, double y2) {
    double middle = (y1 + y2) / 2;
    return Svg.path(
        "M%s %sC%s %s %s %s %s %s"
            .formatted(
                Numbers.plain(x1),
                Numbers.plain(y1),
                Numbers.plain(x1),
                Numbers.plain(middle),
                Numbers.plain(x2),
                Numbers.plain(middle),
                Numbers.plain(x2),
                Numbers.plain(y2)),
        "edge");
  }

  private static Element box(Box box, double x, double y) {
    return Svg.group("box " + box.style())
        .add(
            Svg.rect(x - BOX_WIDTH / 2, y, BOX_WIDTH, BOX_HEIGHT, "frame").with("rx", 5),
            Svg.text(x, y + 17, "middle", Svg.cut(box.title(), LETTERS), "strong"),
            Svg.text(x, y + 32, "middle", Svg.cut(box.text(), LETTERS + 3), "small"));
  }
}
