package dev.crema.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What came of one measurement. */
sealed interface Measured {
  /** It succeeded; the figures by their JSON names. */
  record Figures(Map<String, Object> values) implements Measured {
    /** Whether the measurement has a figure of this name. */
    boolean has(String name) {
      return values.containsKey(name);
    }

    /** The figure of this name. */
    double get(String name) {
      if (values.get(name) instanceof Number number) {
        return number.doubleValue();
      }
      throw new IllegalStateException("expected a number `%s` in %s".formatted(name, values));
    }

    /** What each layer takes; nothing if that was not asked for. */
    List<Layer> layers() {
      return values.get("profile") instanceof List<?> layers
          ? layers.stream().map(Figures::layer).toList()
          : List.of();
    }

    private static Layer layer(Object json) {
      if (json instanceof Map<?, ?> map) {
        Map<String, Object> figures = new LinkedHashMap<>();
        map.forEach((name, value) -> figures.put(String.valueOf(name), value));
        return Layer.of(figures);
      }
      throw new IllegalStateException("expected a layer, got " + json);
    }
  }

  /** It failed. */
  record Failed(String reason) implements Measured {}

  /** It was asked to stop. */
  record Stopped() implements Measured {}
}
