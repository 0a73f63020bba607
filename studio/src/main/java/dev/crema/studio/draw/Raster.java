package dev.crema.studio.draw;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pixels, which a page holds itself. */
public final class Raster {
  /** Blue for -1, near white for 0 and red for 1: the ends and the middle of a diverging scale. */
  private static final int[] LOW = {0x21, 0x66, 0xac};

  private static final int[] MIDDLE = {0xf7, 0xf7, 0xf7};
  private static final int[] HIGH = {0xb2, 0x18, 0x2b};

  /** Steps of the diverging scale on each side of 0: as many as one tells apart. */
  private static final int STEPS = 24;

  private static final IndexColorModel DIVERGING = diverging();

  private final BufferedImage image;

  private Raster(BufferedImage image) {
    this.image = image;
  }

  /** Numbers between -1 and 1 as colours from blue to red; those beyond are as the ends. */
  public static Raster numbers(int rows, int columns, Cells numbers) {
    BufferedImage image =
        new BufferedImage(columns, rows, BufferedImage.TYPE_BYTE_INDEXED, DIVERGING);
    WritableRaster pixels = image.getRaster();
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        double number = Math.clamp(numbers.at(y, x), -1, 1); // NaN is as 0
        pixels.setSample(x, y, 0, STEPS + (int) Math.round(number * STEPS));
      }
    }
    return new Raster(image);
  }

  /**
   * Grey or coloured pixels.
   *
   * @param channels 1 for grey, or else red, green and blue come first
   * @param bytes of 0 to 255, [channel][row][column]
   */
  public static Raster pixels(int channels, int rows, int columns, byte[] bytes) {
    boolean grey = channels < 3;
    IntBinaryOperator at = (channel, place) -> bytes[channel * rows * columns + place] & 0xff;
    BufferedImage image =
        new BufferedImage(
            columns, rows, grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    WritableRaster pixels = image.getRaster();
    for (int i = 0; i < rows * columns; i++) {
      for (int c = 0; c < (grey ? 1 : 3); c++) {
        pixels.setSample(i % columns, i / columns, c, at.applyAsInt(c, i));
      }
    }
    return new Raster(image);
  }

  private static IndexColorModel diverging() {
    int size = 2 * STEPS + 1;
    byte[][] channels = new byte[3][size];
    for (int i = 0; i < size; i++) {
      double part = Math.abs(i - STEPS) / (double) STEPS;
      int[] end = i < STEPS ? LOW : HIGH;
      for (int c = 0; c < 3; c++) {
        channels[c][i] = (byte) Math.round(MIDDLE[c] + part * (end[c] - MIDDLE[c]));
      }
    }
    return new IndexColorModel(8, size, channels[0], channels[1], channels[2]);
  }

  /** The picture itself, as an address. */
  String dataUri() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory cannot fail to be written
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
