package dev.crema.studio.draw;

/** The few shapes that pictures are made of; their colours are classes of the style sheet. */
final class Svg {
  private Svg() {}

  /** A picture that is as wide as its place allows, {@code width} units across. */
  static Element picture(String title, double width, double height) {
    return Element.of("svg", Element.of("title", title))
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("role", "img")
        .with("aria-label", title)
        .with("width", width) // of a file of its own; a page says otherwise
        .with("viewBox", "0 0 " + Numbers.plain(width) + " " + Numbers.plain(height));
  }

  static Element group(String style) {
    return Element.of("g").with("class", style);
  }

  static Element line(double x1, double y1, double x2, double y2, String style) {
    return Element.of("line")
        .with("x1", x1)
        .with("y1", y1)
        .with("x2", x2)
        .with("y2", y2)
        .with("class", style);
  }

  static Element rect(double x, double y, double width, double height, String style) {
    return Element.of("rect")
        .with("x", x)
        .with("y", y)
        .with("width", Math.max(0, width))
        .with("height", Math.max(0, height))
        .with("class", style);
  }

  static Element circle(double x, double y, double radius, String style) {
    return Element.of("circle").with("cx", x).with("cy", y).with("r", radius).with("class", style);
  }

  static Element path(CharSequence d, String style) {
    return Element.of("path").with("d", d).with("class", style);
  }

  /**
   * A text.
   *
   * @param anchor what lies at x: its {@code start}, {@code middle} or {@code end}
   */
  static Element text(double x, double y, String anchor, String text, String style) {
    return Element.of("text", text)
        .with("x", x)
        .with("y", y)
        .with("text-anchor", anchor)
        .with("class", style);
  }

  /** A raster in a place of the picture, its pixels sharp. */
  static Element image(Raster raster, double x, double y, double width, double height) {
    return Element.of("image")
        .with("x", x)
        .with("y", y)
        .with("width", width)
        .with("height", height)
        .with("preserveAspectRatio", "none")
        .with("class", "raster")
        .with("href", raster.dataUri());
  }

  /** A text that fits into so many letters. */
  static String cut(String text, int letters) {
    int count = text.codePointCount(0, text.length());
    return count <= letters
        ? text
        : text.substring(0, text.offsetByCodePoints(0, letters - 1)) + "…";
  }
}
