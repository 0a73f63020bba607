package dev.crema.data;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads a picture of any size as the 8-bit input of a network. */
public final class ImageFile {
  /** More pixels than this are refused before they are decoded. */
  static final long MAX_PIXELS = 1 << 26;

  private static final int PNG_SIGNATURE = 8;

  private ImageFile() {}

  /**
   * Reads a PNG or JPEG file.
   *
   * <p>Colour becomes grey by its luma (ITU-R BT.601) where one channel is asked for, and what is
   * transparent shows white. A photograph is turned as its camera says (EXIF), and the inks of
   * print (CMYK) become colors. The whole picture is brought to the wanted size by {@link Resize}.
   *
   * @param channels 1 for grey, 3 for red, green, blue
   * @param invert swaps light and dark: datasets like MNIST are light on dark, most pictures are
   *     dark on light
   * @return {@code [channel, row, column]}, 0 ... 255
   * @throws DataException when the file cannot be read, is no PNG or JPEG, is damaged or not whole,
   *     or has more than 64 megapixels
   * @throws IllegalArgumentException when the wanted size is no size of an image
   */
  public static byte[] read(Path file, int channels, int height, int width, boolean invert) {
    // no stream cache: ImageIO would otherwise write a temporary copy
    try (ImageInputStream stream = new FileImageInputStream(file.toFile())) {
      return read(file.toString(), stream, channels, height, width, invert);
    } catch (IOException e) {
      throw new DataException(file + ": " + FileErrors.reason(e), e);
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
      throw new DataException(name + ": " + FileErrors.reason(e), e);
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
      Orientation orientation = Orientation.UPRIGHT;
      if (format.equals("png")) {
        checkChunks(name, stream);
      } else {
        orientation = Orientation.of(stream);
        reader.dispose();
        reader = jpegReader();
        reader.addIIOReadWarningListener((_, warning) -> refuseDamage(name, warning));
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
      return orientation.apply(reader.read(0));
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // damaged files also make the decoders fail with exceptions of many other kinds
      throw damaged(name, e);
    } finally {
      reader.dispose();
    }
  }

  /**
   * Refuses a PNG file that ends within a chunk, or has a chunk with a wrong checksum: the decoder
   * would take what is missing for black. A file without its last chunk, the end mark, is whole.
   */
  private static void checkChunks(String name, ImageInputStream png) throws IOException {
    png.mark();
    try {
      png.seek(PNG_SIGNATURE);
      byte[] part = new byte[1 << 13];
      for (int first = png.read(); first >= 0; first = png.read()) {
        long left = (long) first << 24 | png.readUnsignedByte() << 16 | png.readUnsignedShort();
        CRC32 crc = new CRC32();
        left += 4; // the chunk's type
        while (left > 0) {
          int count = (int) Math.min(left, part.length);
          png.readFully(part, 0, count);
          crc.update(part, 0, count);
          left -= count;
        }
        if (png.readUnsignedInt() != crc.getValue()) {
          throw new DataException(
              "%s: the image is damaged (a checksum is wrong before byte %s); copy it again"
                  .formatted(name, png.getStreamPosition()));
        }
      }
    } catch (EOFException e) {
      throw new DataException(
          "%s: the image is not whole (it ends at byte %s, within its content); copy it again"
              .formatted(name, png.getStreamPosition()),
          e);
    } finally {
      png.reset();
    }
  }

  /** The JDK's own reader takes the inks of print for other colors. */
  private static ImageReader jpegReader() throws IOException {
    IIORegistry registry = IIORegistry.getDefaultInstance();
    Optional<JPEGImageReaderSpi> known =
        Optional.ofNullable(registry.getServiceProviderByClass(JPEGImageReaderSpi.class));
    if (known.isPresent()) {
      return known.get().createReaderInstance(null);
    }
    // Where the calling thread's class loader does not see services, such as in some containers.
    JPEGImageReaderSpi added = new JPEGImageReaderSpi();
    registry.registerServiceProvider(added);
    return added.createReaderInstance(null);
  }

  /** The decoder goes on with grey where a file ends too early or its content is damaged. */
  private static void refuseDamage(String name, String warning) {
    boolean isHarmless = warning.contains("extraneous bytes"); // many cameras write some
    if ((warning.startsWith("Truncated") || warning.startsWith("Corrupt")) && !isHarmless) {
      throw new DataException(
          "%s: the image is damaged or not whole (%s); copy it again".formatted(name, warning));
    }
  }

  private static DataException damaged(String name, Exception e) {
    String detail = e instanceof IOException io ? " (" + FileErrors.reason(io) + ")" : "";
    return new DataException(
        name + ": the image is damaged or not whole" + detail + "; copy it again", e);
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
