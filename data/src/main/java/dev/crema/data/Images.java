package dev.crema.data;

import dev.crema.engine.Key;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Labelled 8-bit images of one size: pixels {@code [image, channel, row, column]} of 0 ... 255, and
 * one class per image.
 *
 * <p>Immutable. A selection ({@link #select}, {@link #split}) shares the pixels with the images
 * that it was taken from.
 */
public final class Images {
  private final int classes;
  private final int channels;
  private final int height;
  private final int width;
  private final byte[] pixels;
  private final byte[] labels;

  /** Where image i lies in {@link #pixels} and {@link #labels}, counted in images. */
  private final int[] places;

  /**
   * Holds the arrays themselves: whoever hands them in no longer changes them.
   *
   * @param classes how many classes there are, 1 ... 256; every label is below
   * @param pixels {@code labels.length * channels * height * width} bytes
   * @param labels one byte per image
   * @throws DataException when sizes do not match, or a label is no class
   */
  public Images(int classes, int channels, int height, int width, byte[] pixels, byte[] labels) {
    this(
        classes,
        channels,
        height,
        width,
        pixels,
        labels,
        IntStream.range(0, labels.length).toArray());
    if (classes < 1 || classes > 256) {
      throw new DataException("expected 1 to 256 classes, got " + classes);
    }
    if (channels < 1 || height < 1 || width < 1) {
      throw new DataException(
          "expected images with at least one channel, row and column, got "
              + size(channels, height, width));
    }
    long plane = (long) height * width;
    long each = plane <= Integer.MAX_VALUE ? plane * channels : plane;
    if (each > Integer.MAX_VALUE || each * labels.length != pixels.length) {
      throw new DataException(
          "%s images of %s do not take %s bytes of pixels"
              .formatted(labels.length, size(channels, height, width), pixels.length));
    }
    for (int i = 0; i < labels.length; i++) {
      int label = Byte.toUnsignedInt(labels[i]);
      if (label >= classes) {
        throw new DataException(
            "image %s has label %s, expected 0 ... %s".formatted(i, label, classes - 1));
      }
    }
  }

  private Images(
      int classes,
      int channels,
      int height,
      int width,
      byte[] pixels,
      byte[] labels,
      int[] places) {
    this.classes = classes;
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.pixels = pixels;
    this.labels = labels;
    this.places = places;
  }

  /** How many images there are. */
  public int count() {
    return places.length;
  }

  /** How many classes the labels come from. */
  public int classes() {
    return classes;
  }

  /** Colour planes per image, such as 1 for grey. */
  public int channels() {
    return channels;
  }

  /** Rows per image. */
  public int height() {
    return height;
  }

  /** Columns per image. */
  public int width() {
    return width;
  }

  /** Bytes of one image: {@code channels * height * width}. */
  public int imageBytes() {
    return channels * height * width;
  }

  /** The class of an image, 0 ... {@code classes - 1}. */
  public int label(int image) {
    return Byte.toUnsignedInt(labels[places[image]]);
  }

  /** A copy of one image, {@code [channel, row, column]}. */
  public byte[] image(int image) {
    byte[] copy = new byte[imageBytes()];
    copyTo(image, copy, 0);
    return copy;
  }

  /** Copies one image, {@code [channel, row, column]}, to the bytes from {@code offset} on. */
  public void copyTo(int image, byte[] destination, int offset) {
    System.arraycopy(pixels, start(image), destination, offset, imageBytes());
  }

  /** Copies one image, {@code [channel, row, column]}, to the bytes from {@code offset} on. */
  public void copyTo(int image, MemorySegment destination, long offset) {
    MemorySegment.copy(
        pixels, start(image), destination, ValueLayout.JAVA_BYTE, offset, imageBytes());
  }

  /** The given images in the given order; one may come more than once. */
  public Images select(int... images) {
    int[] chosen = new int[images.length];
    for (int i = 0; i < images.length; i++) {
      chosen[i] = places[Objects.checkIndex(images[i], count())];
    }
    return new Images(classes, channels, height, width, pixels, labels, chosen);
  }

  /**
   * The first images.
   *
   * @throws DataException when there are fewer
   */
  public Images first(int count) {
    checkHas(count);
    return select(IntStream.range(0, count).toArray());
  }

  /**
   * Different images, drawn at random.
   *
   * @throws DataException when there are fewer
   */
  public Images sample(int count, Key key) {
    checkHas(count);
    return select(Arrays.copyOf(key.fold("sample").permutation(count()), count));
  }

  /**
   * Holds out randomly drawn images for validation; both parts keep the order of these images.
   *
   * @param validation how many images to hold out, at least 0; at least one must remain for
   *     training
   * @throws DataException when there are too few images
   */
  public Split split(int validation, Key key) {
    if (validation < 0 || validation >= count()) {
      throw new DataException(
          "cannot hold out %s of %s images for validation; expected 0 ... %s"
              .formatted(validation, count(), count() - 1));
    }
    int[] order = key.fold("split").permutation(count());
    Arrays.sort(order, 0, validation);
    Arrays.sort(order, validation, count());
    return new Split(
        select(Arrays.copyOfRange(order, validation, count())),
        select(Arrays.copyOf(order, validation)));
  }

  /** What {@link #split} makes: the images to learn from, and those to choose the best model by. */
  public record Split(Images train, Images validation) {}

  /**
   * The SHA-256 of sizes, labels and pixels, in hexadecimal: what tells other images from these.
   */
  public String sha256() {
    MessageDigest digest = Sha256.start();
    digest.update((this + "\n").getBytes(StandardCharsets.UTF_8));
    byte[] inOrder = new byte[count()];
    for (int i = 0; i < inOrder.length; i++) {
      inOrder[i] = labels[places[i]];
    }
    digest.update(inOrder);
    for (int i = 0; i < inOrder.length; i++) {
      digest.update(pixels, start(i), imageBytes());
    }
    return Sha256.text(digest);
  }

  /** The shared pixels, for the loader's own loops; nobody may write to them. */
  byte[] pixels() {
    return pixels;
  }

  /** Where an image's pixels begin in {@link #pixels()}. */
  int start(int image) {
    return places[image] * imageBytes();
  }

  @Override
  public String toString() {
    return "%s images of %s in %s classes"
        .formatted(count(), size(channels, height, width), classes);
  }

  private void checkHas(int count) {
    if (count < 0 || count > count()) {
      throw new DataException("expected 0 ... %s images, asked for %s".formatted(count(), count));
    }
  }

  static String size(int channels, int height, int width) {
    return channels + "x" + height + "x" + width;
  }
}
