package dev.crema.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads a picture of any size as the 8-bit input of a network. */
public final class ImageFile {
  /** More pixels than this are refused before they are decoded. */
  static final long MAX_PIXELS = 1 << 26;

  private ImageFile() {}

  /**
   * Reads a PNG or JPEG file.
   *
   * <p>Colour becomes grey by its luma (ITU-R BT.601) where one channel is asked for, and what is
   * transparent shows white. The whole picture is brought to the wanted size by {@link Resize}.
   *
   * @param channels 1 for grey, 3 for red, green, blue
   * @param invert swaps light and dark: datasets like MNIST are light on dark, most pictures are
   *     dark on light
   * @return {@code [channel, row, column]}, 0 ... 255
   * @throws DataException when the file cannot be read, is no PNG or JPEG, is damaged, or has more
   *     than 64 megapixels
   * @throws IllegalArgumentException when the wanted size is no size of an image
   */
  public static byte[] read(Path file, int channels, int height, int width, boolean invert) {
    // no stream cache: ImageIO would otherwise write a temporary copy
    try (ImageInputStream stream = new FileImageInputStream(file.toFile())) {
      return read(file.toString(), stream, channels, height, width, invert);
    } catch (FileNotFoundException e) {
      throw new DataException(
          file + ": there is no such file, or it is a folder or may not be read", e);
    } catch (IOException e) {
      throw damaged(file.toString(), e);
    }
  }

  /**
   * The same for a picture in memory.
   *
   * @param name what faults call it
   */
  public static byte[] read(
      String name, byte[] picture, int channels, int height, int width, boolean invert) {
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(picture))) {
      return read(name, stream, channels, height, width, invert);
    } catch (IOException e) {
      throw damaged(name, e);
    }
  }

  private static byte[] read(
      String name, ImageInputStream stream, int channels, int height, int width, boolean invert) {
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException("expected 1 or 3 channels, got " + channels);
    }
    if (height < 1 || width < 1 || (long) height * width > MAX_PIXELS) {
      throw new IllegalArgumentException(
          "expected a size of 1 to %s pixels, got %s x %s".formatted(MAX_PIXELS, height, width));
    }
    BufferedImage image = decode(name, stream);
    byte[] pixels = planes(image, channels);
    byte[] result = new byte[channels * height * width];
    new Resize(image.getHeight(), image.getWidth(), height, width)
        .apply(channels, pixels, 0, result, 0);
    if (invert) {
      for (int i = 0; i < result.length; i++) {
        result[i] = (byte) ~result[i];
      }
    }
    return result;
  }

  private static BufferedImage decode(String name, ImageInputStream stream) {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
    if (!readers.hasNext()) {
      throw noImage(name, "");
    }
    ImageReader reader = readers.next();
    try {
      String format = reader.getFormatName().toLowerCase(Locale.ROOT);
      if (!format.equals("png") && !format.equals("jpeg")) {
        throw noImage(name, ", but " + format);
      }
      // metadata is ignored, for it may unpack to any size
      reader.setInput(stream, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if (width < 1 || height < 1 || (long) width * height > MAX_PIXELS) {
        throw new DataException(
            "%s: expected at most %s pixels, got %s x %s; make it smaller"
                .formatted(name, MAX_PIXELS, width, height));
      }
      return reader.read(0);
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // damaged files also make the decoders fail with exceptions of many other kinds
      throw damaged(name, e);
    } finally {
      reader.dispose();
    }
  }

  private static DataException damaged(String name, Exception e) {
    return new DataException(name + ": the image is damaged or of an unknown kind: " + e, e);
  }

  private static DataException noImage(String name, String what) {
    return new DataException(name + " is no PNG or JPEG image" + what + "; save it as one of them");
  }

  private static byte[] planes(BufferedImage image, int channels) {
    int width = image.getWidth();
    int plane = image.getHeight() * width;
    byte[] pixels = new byte[channels * plane];
    int[] row = new int[width];
    boolean grey = isGrey(image.getColorModel());
    for (int y = 0; y < image.getHeight(); y++) {
      if (grey) {
        greyRow(image, y, row);
      } else {
        image.getRGB(0, y, width, 1, row, 0, width);
      }
      for (int x = 0; x < width; x++) {
        int argb = row[x];
        int red = overWhite(argb >> 16, argb);
        int green = overWhite(argb >> 8, argb);
        int blue = overWhite(argb, argb);
        int at = y * width + x;
        if (channels == 1) {
          // 0.299, 0.587 and 0.114 in 1/65536
          pixels[at] = (byte) ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16);
        } else {
          pixels[at] = (byte) red;
          pixels[plane + at] = (byte) green;
          pixels[2 * plane + at] = (byte) blue;
        }
      }
    }
    return pixels;
  }

  private static boolean isGrey(ColorModel model) {
    return !(model instanceof IndexColorModel)
        && model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
  }

  /** Java takes grey samples for linear light, so its getRGB would make them lighter. */
  private static void greyRow(BufferedImage image, int y, int[] row) {
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    int full = (1 << model.getComponentSize(0)) - 1;
    for (int x = 0; x < row.length; x++) {
      int grey = (raster.getSample(x, y, 0) * 255 + full / 2) / full;
      int alpha = model.hasAlpha() ? (raster.getSample(x, y, 1) * 255 + full / 2) / full : 255;
      row[x] = alpha << 24 | grey << 16 | grey << 8 | grey;
    }
  }

  private static int overWhite(int shifted, int argb) {
    int alpha = argb >>> 24;
    return ((shifted & 0xff) * alpha + 255 * (255 - alpha) + 127) / 255;
  }
}
