package dev.crema.train;

import dev.crema.data.Augment;
import dev.crema.data.Size;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** How a {@link Feed} is written in an experiment file. */
final class FeedYaml {
  private FeedYaml() {}

  static Feed read(Yaml experiment, Optional<Size> usual) {
    Yaml data = experiment.get("data");
    if (data.kind() != Yaml.Kind.MAP) {
      return new Feed(data.string()).resize(usual);
    }
    return data.build(() ->
            new Feed(
                data.get("name").string(),
                data.find("limit")
                    .map(node -> OptionalInt.of(node.integer()))
                    .orElse(OptionalInt.empty()),
                data.find("resize").map(FeedYaml::resize).orElse(usual),
                data.find("augment").flatMap(FeedYaml::augment).orElse(Augment.NONE)))
        .orElse(new Feed(""));
  }

  private static Optional<Size> resize(Yaml yaml) {
    return yaml.build(() ->
            yaml.kind() == Yaml.Kind.LIST
                ? Optional.of(size(yaml.items()))
                : Feed.parseResize(yaml.string()))
        .orElse(Optional.empty());
  }

  private static Size size(List<Yaml> sides) {
    if (sides.size() != 2) {
      throw new IllegalArgumentException(
          "expected [height, width], got " + sides.size() + " numbers");
    }
    return new Size(sides.get(0).integer(), sides.get(1).integer());
  }

  private static Optional<Augment> augment(Yaml yaml) {
    return yaml.build(() -> {
      if (yaml.has("shift") && yaml.has("crop")) {
        throw new IllegalArgumentException("`crop` is another name of `shift`; use one of them");
      }
      Augment moved =
          Augment.NONE
              .shift(yaml.integer("shift", yaml.integer("crop", 0)))
              .flip(yaml.number("flip", 0));
      return yaml.find("erase")
          .map(erase -> moved.erase(erase.get("probability").number(), erase.get("size").integer()))
          .orElse(moved);
    });
  }

  static Map<String, Object> write(Feed feed) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", feed.data());
    feed.limit().ifPresent(limit -> map.put("limit", limit));
    map.put("resize", feed.resize().map(FeedYaml::write).orElse(Feed.NOT_RESIZED));
    if (!feed.augment().equals(Augment.NONE)) {
      map.put("augment", write(feed.augment()));
    }
    return map;
  }

  private static Object write(Size size) {
    return size.height() == size.width() ? size.height() : List.of(size.height(), size.width());
  }

  private static Map<String, Object> write(Augment augment) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("shift", augment.shift());
    map.put("flip", augment.flip());
    if (augment.eraseSize() > 0) {
      Map<String, Object> erase = new LinkedHashMap<>();
      erase.put("probability", augment.erase());
      erase.put("size", augment.eraseSize());
      map.put("erase", erase);
    }
    return map;
  }
}
