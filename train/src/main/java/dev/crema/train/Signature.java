package dev.crema.train;

import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.nn.Shape;
import java.util.List;

/**
 * What a trained network takes and gives.
 *
 * @param images the shape of the data set's images
 * @param input the shape in which the network gets them; where it is another one, they are resized
 * @param classes the name of class 0, 1, ...
 */
public record Signature(Shape images, Shape input, List<String> classes) {
  /**
   * Validates the values, which may come from a file.
   *
   * @throws IllegalArgumentException if these are no images and classes
   */
  public Signature {
    classes = List.copyOf(classes);
    if (images.isFeatures() || input.isFeatures() || images.channels() != input.channels()) {
      throw new IllegalArgumentException(
          "expected the shapes [channels, height, width] of images with equally many channels, got %s and %s"
              .formatted(images, input));
    }
    if (classes.isEmpty()) {
      throw new IllegalArgumentException("expected the name of at least one class, got none");
    }
  }

  /** The signature of a network that learns from this data. */
  public static Signature of(Feed feed, Dataset data) {
    Images images = data.train();
    return new Signature(
        Shape.image(images.channels(), images.height(), images.width()),
        feed.input(images),
        data.classes());
  }
}
