package dev.crema.studio;

import dev.crema.studio.draw.Element;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A part of a report: texts, tables and pictures below a heading. */
final class Section {
  private final String id;
  private final String title;
  private final List<Element> content = new ArrayList<>();
  private final List<Picture> pictures = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();
  private Optional<Element> gallery = Optional.empty();

  /**
   * An empty section.
   *
   * @param id its place in the page, and what the names of its pictures begin with
   */
  Section(String id, String title) {
    this.id = id;
    this.title = title;
  }

  String id() {
    return id;
  }

  String title() {
    return title;
  }

  List<Picture> pictures() {
    return pictures;
  }

  /** What could not be shown, and why. */
  List<String> missing() {
    return missing;
  }

  Section add(Element element) {
    content.add(element);
    gallery = Optional.empty();
    return this;
  }

  Section text(String text) {
    return add(Element.of("p", text));
  }

  /** Says that something cannot be shown. */
  Section missing(String what, String why) {
    String text = what + " left out: " + why;
    missing.add(title + ": " + text);
    return add(Element.of("p", text).with("class", "missing"));
  }

  /** Adds elements beside each other, if there is room. */
  Section beside(Element... elements) {
    Element parts = Element.of("div").with("class", "beside");
    for (Element element : elements) {
      parts.add(Element.of("div", element).with("class", "part"));
    }
    return add(parts);
  }

  /** Adds a table whose first row is its head; all columns but these hold numbers. */
  Section table(List<List<String>> rows, List<Integer> left) {
    return add(tableOf(rows, left));
  }

  /** The same, to be added. */
  static Element tableOf(List<List<String>> rows, List<Integer> left) {
    Element head = Element.of("tr");
    for (int c = 0; c < rows.getFirst().size(); c++) {
      head.add(cell("th", rows.getFirst().get(c), left.contains(c)));
    }
    Element body = Element.of("tbody");
    for (List<String> row : rows.subList(1, rows.size())) {
      Element line = Element.of("tr");
      for (int c = 0; c < row.size(); c++) {
        line.add(cell("td", row.get(c), left.contains(c)));
      }
      body.add(line);
    }
    Element table = Element.of("table", Element.of("thead", head), body);
    return Element.of("div", table).with("class", "scroll");
  }

  private static Element cell(String name, String text, boolean left) {
    Element cell = Element.of(name, text);
    return left ? cell : cell.with("class", "number");
  }

  /** Adds a picture, beside the one before if there is room. */
  Section figure(String name, Element svg, String caption) {
    pictures.add(new Picture(fileName(id + "-" + name), svg));
    Element figure = Element.of("figure", svg);
    if (!caption.isEmpty()) {
      figure.add(Element.of("figcaption", caption));
    }
    Element to =
        gallery.orElseGet(() -> {
          Element fresh = Element.of("div").with("class", "gallery");
          add(fresh);
          return fresh;
        });
    to.add(figure);
    gallery = Optional.of(to);
    return this;
  }

  /** Makes a picture, to be added, that scrolls where it is too wide for the page. */
  Element wideFigure(String name, Element svg, String caption) {
    pictures.add(new Picture(fileName(id + "-" + name), svg));
    return Element.of(
        "figure",
        Element.of("div", svg).with("class", "scroll"),
        Element.of("figcaption", caption));
  }

  private static String fileName(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-");
  }

  Element html() {
    return Element.of("section", Element.of("h2", title)).with("id", id).add(content);
  }
}
