package dev.crema.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Draws many small images side by side as one picture. */
public final class Grid {
  private static final int SCALE = 2;
  private static final int MARGIN = 4;
  private static final int PAPER = 0xffffff;
  private static final long MAX_PIXELS = 1 << 26;

  private Grid() {}

  /**
   * Writes all the images as a PNG, row by row, twice as large and on white; such as {@code
   * write(images.first(100), 10, file)}.
   *
   * @throws IllegalArgumentException when there are no images or columns, the images are neither
   *     grey nor RGB, or the picture would pass 64 megapixels
   * @throws DataException when the file cannot be written
   */
  public static void write(Images images, int columns, Path png) {
    byte[] bytes = png(images, columns);
    try {
      Files.createDirectories(png.toAbsolutePath().getParent());
      Files.write(png, bytes);
    } catch (IOException e) {
      throw new DataException(png + ": cannot be written: " + FileErrors.reason(e), e);
    }
  }

  /**
   * The same picture in memory.
   *
   * @throws IllegalArgumentException as {@link #write} does
   */
  public static byte[] png(Images images, int columns) {
    if (images.count() < 1 || columns < 1 || (images.channels() != 1 && images.channels() != 3)) {
      throw new IllegalArgumentException(
          "expected grey or RGB images and at least one column, got %s in %s columns"
              .formatted(images, columns));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(draw(images, columns), "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory cannot fail to be written
    }
    return bytes.toByteArray();
  }

  private static BufferedImage draw(Images images, int columns) {
    int rows = Math.ceilDiv(images.count(), columns);
    long across = MARGIN + (long) columns * (images.width() * SCALE + MARGIN);
    long down = MARGIN + (long) rows * (images.height() * SCALE + MARGIN);
    if (across > MAX_PIXELS || down > MAX_PIXELS || across * down > MAX_PIXELS) {
      throw new IllegalArgumentException(
          "a picture of %s x %s pixels is too large; expected at most %s pixels in all"
              .formatted(across, down, MAX_PIXELS));
    }
    BufferedImage picture = new BufferedImage((int) across, (int) down, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < down; y++) {
      for (int x = 0; x < across; x++) {
        picture.setRGB(x, y, PAPER);
      }
    }
    for (int i = 0; i < images.count(); i++) {
      paint(
          images,
          i,
          picture,
          MARGIN + i % columns * (images.width() * SCALE + MARGIN),
          MARGIN + i / columns * (images.height() * SCALE + MARGIN));
    }
    return picture;
  }

  private static void paint(Images images, int image, BufferedImage picture, int left, int top) {
    byte[] pixels = images.image(image);
    int plane = images.height() * images.width();
    for (int y = 0; y < images.height() * SCALE; y++) {
      for (int x = 0; x < images.width() * SCALE; x++) {
        int at = y / SCALE * images.width() + x / SCALE;
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          rgb = rgb << 8 | (pixels[Math.min(c, images.channels() - 1) * plane + at] & 0xff);
        }
        picture.setRGB(left + x, top + y, rgb);
      }
    }
  }
}
