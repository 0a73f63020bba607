package dev.crema.train.tensorboard;

import dev.crema.data.Grid;
import dev.crema.data.Images;
import dev.crema.nn.Graph;
import dev.crema.nn.Shape;
import dev.crema.train.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * Draws what the outputs of a first layer look for: grey is 0, and black and white the extremes.
 */
final class Filters {
  private static final int MOST = 100;
  private static final int COLUMNS = 10;

  /** The height that small ones are enlarged to, about. */
  private static final int HEIGHT = 28;

  private Filters() {}

  /**
   * The filters as a PNG; empty if the first layer with weights does not look at grey or coloured
   * pixels.
   */
  static Optional<byte[]> png(Graph graph, Map<String, Tensor> weights) {
    return graph.nodes().stream()
        .flatMap(node -> Optional.ofNullable(weights.get(node.path() + ".weight")).stream())
        .findFirst()
        .flatMap(tensor -> images(graph.input(), tensor))
        .map(images -> images.first(Math.min(MOST, images.count())))
        .map(images -> Grid.png(images, Math.min(COLUMNS, images.count())));
  }

  private static Optional<Images> images(Shape input, Tensor weights) {
    if (!(weights instanceof Tensor.Floats(var shape, var values)) || input.isFeatures()) {
      return Optional.empty();
    }
    int outputs = shape.getFirst();
    boolean dense = shape.size() == 2 && shape.get(1) == input.size();
    if (!dense && shape.size() != 4) {
      return Optional.empty();
    }
    int channels = dense ? input.channels() : shape.get(1);
    int height = dense ? input.height() : shape.get(2);
    int width = dense ? input.width() : shape.get(3);
    if (channels != 1 && channels != 3) {
      return Optional.empty();
    }
    int scale = Math.max(1, HEIGHT / height);
    byte[] grey = grey(values);
    byte[] pixels = new byte[grey.length * scale * scale];
    int large = width * scale;
    for (int i = 0; i < pixels.length; i++) {
      int row = i / large / scale; // of all filters and channels, one below the other
      pixels[i] = grey[row * width + i % large / scale];
    }
    return Optional.of(new Images(1, channels, height * scale, large, pixels, new byte[outputs]));
  }

  private static byte[] grey(float[] values) {
    float largest = Float.MIN_NORMAL;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    byte[] grey = new byte[values.length];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (byte) Math.round(128 + 127 * values[i] / largest);
    }
    return grey;
  }
}
