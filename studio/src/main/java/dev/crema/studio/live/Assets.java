package dev.crema.studio.live;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The files of the page, all in memory. */
final class Assets {
  private static final List<String> NAMES =
      List.of(
          "api.js",
          "app.css",
          "app.js",
          "card.js",
          "charts.js",
          "compare.js",
          "dom.js",
          "format.js",
          "histogram.js",
          "ink.js",
          "kept.js",
          "lines.js",
          "live.js",
          "parameters.js",
          "pictures.js",
          "plot.js",
          "row.js",
          "runs.js",
          "studio.js",
          "train.js",
          "try.js",
          "view.js",
          "uPlot.esm.js",
          "uPlot.min.css",
          "LICENSE-uPlot.txt");

  private final byte[] page = read("index.html");
  private final Map<String, byte[]> files = new LinkedHashMap<>();

  Assets() {
    NAMES.forEach(name -> files.put("/assets/" + name, read(name)));
  }

  /** The page itself. */
  byte[] page() {
    return page;
  }

  /** The other files by their paths. */
  Map<String, byte[]> files() {
    return files;
  }

  /** The media type of a path. */
  static String type(String path) {
    return switch (path.substring(path.lastIndexOf('.') + 1)) {
      case "js" -> "text/javascript; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      default -> "text/plain; charset=utf-8";
    };
  }

  private static byte[] read(String name) {
    try (InputStream in = Assets.class.getResourceAsStream("/dev/crema/studio/web/" + name)) {
      if (in == null) {
        throw new AssertionError("the page's file " + name + " is not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it is in the jar of this class
    }
  }
}
