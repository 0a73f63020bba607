package dev.crema.data;

import dev.crema.engine.Key;
import java.util.Arrays;

/**
 * Random changes to training images that keep their class: shift, then flip, then erase.
 *
 * <p>What happens to an image depends on a {@link Key} alone, so it is the same on any thread and
 * after any resume.
 *
 * @param shift moves the image by up to this many pixels along each axis and fills with 0; the same
 *     as padding it by so many zeros and cropping at random (He et al., 2016, sec. 4.2)
 * @param flip the probability of swapping left and right
 * @param erase the probability of setting one square inside the image to 0 (Zhong et al., 2017)
 * @param eraseSize the side of that square in pixels
 */
public record Augment(int shift, double flip, double erase, int eraseSize) {
  /** Changes nothing. */
  public static final Augment NONE = new Augment(0, 0, 0, 0);

  /**
   * @throws IllegalArgumentException when a number is out of its range
   */
  public Augment {
    if (shift < 0) {
      throw new IllegalArgumentException("shift must be 0 or more pixels, got " + shift);
    }
    checkProbability("flip", flip);
    checkProbability("erase", erase);
    if (eraseSize < 0 || (erase > 0 && eraseSize == 0)) {
      throw new IllegalArgumentException(
          "the erased square must be 1 or more pixels wide, got " + eraseSize);
    }
  }

  private static void checkProbability(String name, double probability) {
    // written so that NaN fails too
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          name + " must be a probability of 0 ... 1, got " + probability);
    }
  }

  /** The same with this {@link #shift}. */
  public Augment shift(int pixels) {
    return new Augment(pixels, flip, erase, eraseSize);
  }

  /**
   * The same with a random crop after padding with {@code padding} zeros: another name of shift.
   */
  public Augment crop(int padding) {
    return shift(padding);
  }

  /** The same with this {@link #flip}. */
  public Augment flip(double probability) {
    return new Augment(shift, probability, erase, eraseSize);
  }

  /** The same with this {@link #erase} and {@link #eraseSize}. */
  public Augment erase(double probability, int size) {
    return new Augment(shift, flip, probability, size);
  }

  /** Whether every image stays as it is. */
  public boolean isNone() {
    return shift == 0 && flip == 0 && erase == 0;
  }

  /**
   * @throws IllegalArgumentException when an image of this size could be shifted out of itself, or
   *     is smaller than the erased square
   */
  void checkFits(int height, int width) {
    int side = Math.min(height, width);
    if (shift >= side) {
      throw new IllegalArgumentException(
          "expected a shift of less than %s pixels for images of %s x %s, got %s"
              .formatted(side, height, width, shift));
    }
    if (erase > 0 && eraseSize > side) {
      throw new IllegalArgumentException(
          "expected to erase a square of at most %s pixels from images of %s x %s, got %s"
              .formatted(side, height, width, eraseSize));
    }
  }

  /**
   * Writes the changed image {@code [channel, row, column]} to {@code target}.
   *
   * @param key names the randomness of this image, such as {@code (seed, epoch, image)}
   */
  void apply(
      Key key,
      int channels,
      int height,
      int width,
      byte[] source,
      int sourceStart,
      byte[] target,
      int targetStart) {
    int right = key.below(2 * shift + 1, 0) - shift;
    int down = key.below(2 * shift + 1, 1) - shift;
    boolean mirror = key.uniform(2) < flip;
    boolean wipe = key.uniform(3) < erase;
    int wipeTop = wipe ? key.below(height - eraseSize + 1, 4) : 0;
    int wipeLeft = wipe ? key.below(width - eraseSize + 1, 5) : 0;
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height; y++) {
        int to = targetStart + (c * height + y) * width;
        if (y - down < 0 || y - down >= height) {
          Arrays.fill(target, to, to + width, (byte) 0);
          continue;
        }
        int from = sourceStart + (c * height + y - down) * width;
        int first = Math.max(right, 0);
        int end = width + Math.min(right, 0);
        Arrays.fill(target, to, to + first, (byte) 0);
        System.arraycopy(source, from + first - right, target, to + first, end - first);
        Arrays.fill(target, to + end, to + width, (byte) 0);
        if (mirror) {
          reverse(target, to, width);
        }
        if (wipe && y >= wipeTop && y < wipeTop + eraseSize) {
          Arrays.fill(target, to + wipeLeft, to + wipeLeft + eraseSize, (byte) 0);
        }
      }
    }
  }

  private static void reverse(byte[] row, int start, int length) {
    for (int i = start, j = start + length - 1; i < j; i++, j--) {
      byte kept = row[i];
      row[i] = row[j];
      row[j] = kept;
    }
  }
}
