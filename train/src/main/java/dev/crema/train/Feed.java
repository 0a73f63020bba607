package dev.crema.train;

import dev.crema.data.Augment;
import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.data.Loader;
import dev.crema.data.Size;
import dev.crema.engine.Key;
import dev.crema.nn.Shape;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which images reach a network, and how.
 *
 * @param data a data set's name, or a folder
 * @param limit the most images to train on, those for validation among them, and the most to test
 *     on; at least 1
 * @param resize the size that all images are brought to; empty leaves them as they are
 * @param augment what happens to the images of each epoch, in their own size, before that; those
 *     for validation and test never change
 */
public record Feed(String data, OptionalInt limit, Optional<Size> resize, Augment augment) {
  static final String NOT_RESIZED = "none";

  private static final Size SMALL = new Size(28, 28);

  /**
   * @throws IllegalArgumentException if the limit leaves no image
   */
  public Feed {
    if (limit.isPresent() && limit.getAsInt() < 1) {
      throw new IllegalArgumentException("limit must be 1 or more, got " + limit.getAsInt());
    }
  }

  /** All images, as they are. */
  public Feed(String data) {
    this(data, OptionalInt.empty(), Optional.empty(), Augment.NONE);
  }

  /** The same of other data. */
  public Feed data(String data) {
    return new Feed(data, limit, resize, augment);
  }

  /** The same with no more images than this. */
  public Feed limit(int limit) {
    return new Feed(data, OptionalInt.of(limit), resize, augment);
  }

  /** The same with images of this size. */
  public Feed resize(Optional<Size> resize) {
    return new Feed(data, limit, resize, augment);
  }

  /** The same with this augmentation. */
  public Feed augment(Augment augment) {
    return new Feed(data, limit, resize, augment);
  }

  /**
   * The feed of an experiment file, from its key {@code data}: a name or folder, or that as {@code
   * name} with {@code limit}, {@code resize} (a number, {@code [height, width]} or {@code none})
   * and {@code augment} (of {@code shift}, {@code flip}, and {@code erase} with {@code probability}
   * and {@code size}). Faults are noted in the file; the feed is worth something only after its
   * {@link Yaml#check()}.
   *
   * @param usual the size to resize to where the file does not say
   */
  public static Feed read(Yaml experiment, Optional<Size> usual) {
    return FeedYaml.read(experiment, usual);
  }

  /**
   * Reads {@link #resize}: a size as {@link Size#parse} reads it, or {@code none}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static Optional<Size> parseResize(String text) {
    if (text.equals(NOT_RESIZED)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Size.parse(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage() + "; " + NOT_RESIZED + " leaves the images as they are", e);
    }
  }

  /**
   * The images to use: where there are more than the limit, as many drawn at random.
   *
   * @param seed the experiment's
   */
  public Dataset select(Dataset all, long seed) {
    return new Dataset(
        all.name(), all.classes(), select(all.train(), seed), select(all.test(), seed));
  }

  private Images select(Images all, long seed) {
    int most = limit.orElse(Integer.MAX_VALUE);
    return all.count() <= most ? all : all.sample(most, Key.of(seed).fold("limit"));
  }

  /**
   * The shape in which the network gets its images, as far as that is known without them: the size
   * that they are resized to, or else that of MNIST and its kin.
   */
  public Shape usualInput() {
    Size size = resize.orElse(SMALL);
    return Shape.image(1, size.height(), size.width());
  }

  /** The shape in which the network gets these images. */
  public Shape input(Images images) {
    return Shape.image(
        images.channels(),
        resize.map(Size::height).orElse(images.height()),
        resize.map(Size::width).orElse(images.width()));
  }

  /**
   * What makes the batches to train on.
   *
   * @param key the randomness of order and augmentation
   * @throws IllegalArgumentException if the images are too small for the augmentation, or a batch
   *     is too big for an array
   */
  public Loader loader(Images images, int batch, Key key) {
    Loader loader = Loader.shuffled(images, batch, key).augment(augment);
    return resize.map(size -> loader.resize(size.height(), size.width())).orElse(loader);
  }
}
