package dev.crema.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The size of an image in pixels.
 *
 * @param height rows, 1 ... {@link #LARGEST}
 * @param width columns, 1 ... {@link #LARGEST}
 */
public record Size(int height, int width) {
  /** The longest side. */
  public static final int LARGEST = 4096;

  private static final Pattern TEXT = Pattern.compile("([0-9]{1,9})(?:x([0-9]{1,9}))?");

  /**
   * @throws IllegalArgumentException when a side is out of its range
   */
  public Size {
    if (Math.min(height, width) < 1 || Math.max(height, width) > LARGEST) {
      throw new IllegalArgumentException(
          "expected a height and width of 1 to %s pixels, got %s x %s"
              .formatted(LARGEST, height, width));
    }
  }

  /**
   * Reads {@code 224}, which is {@code 224x224}, or {@code 224x192}: height and width.
   *
   * @throws IllegalArgumentException when it is no size, or one out of range
   */
  public static Size parse(String text) {
    Matcher sides = TEXT.matcher(text);
    if (!sides.matches()) {
      throw new IllegalArgumentException(
          "expected a size in pixels, such as 224 or 224x192 (height x width), got " + text);
    }
    int height = Integer.parseInt(sides.group(1));
    return new Size(height, sides.group(2) == null ? height : Integer.parseInt(sides.group(2)));
  }

  @Override
  public String toString() {
    return height + " x " + width;
  }
}
