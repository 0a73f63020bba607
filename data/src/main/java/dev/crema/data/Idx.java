package dev.crema.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads the IDX format of MNIST (LeCun, Cortes and Burges, 1998), plain or compressed by gzip.
 *
 * <p>A file of images is the number 0x00000803, then count, rows and columns, all big-endian 32-bit
 * numbers, then one byte per pixel; 0x00000804 has the number of color channels after the count or,
 * where that would be more than four and the last axis is at most four, at the end (channels last,
 * as NumPy and TensorFlow have them). A file of labels is 0x00000801, the count, and one byte per
 * label. All is checked before memory is taken, and each error names the file and the byte (of the
 * uncompressed content) where it lies.
 */
public final class Idx {
  /** More than this in one file is refused: 1 GiB. */
  static final long MAX_BYTES = 1L << 30;

  private static final int IMAGES = 0x00000803;
  private static final int COLOUR_IMAGES = 0x00000804;
  private static final int LABELS = 0x00000801;

  /** An axis that is longer is one of rows or columns. */
  private static final int MAX_CHANNELS = 4;

  /** Deflate packs at most 1032 bytes into one. */
  private static final long MAX_RATIO = 1032;

  private static final int CHUNK = 1 << 18;

  private Idx() {}

  /**
   * Reads one set of images with its labels.
   *
   * @param classes how many classes there are; every label is below
   * @throws DataException when a file cannot be read, is not whole, or the two do not match
   */
  public static Images read(Path images, Path labels, int classes) {
    return join(images(images), labels(labels), classes);
  }

  /** What one file holds; {@code crc32} is that of its whole uncompressed content. */
  record Content(
      Path file, int count, int channels, int height, int width, byte[] bytes, int crc32) {
    int headerBytes() {
      return channels == 0 ? 8 : channels == 1 ? 16 : 20;
    }
  }

  static Content images(Path file) {
    return read(file, true);
  }

  static Content labels(Path file) {
    return read(file, false);
  }

  static Images join(Content images, Content labels, int classes) {
    if (images.count != labels.count) {
      throw new DataException(
          "%s, byte 4: expected %s labels, one for each image in %s, got %s"
              .formatted(labels.file, images.count, images.file, labels.count));
    }
    for (int i = 0; i < labels.count; i++) {
      int label = Byte.toUnsignedInt(labels.bytes[i]);
      if (label >= classes) {
        throw new DataException(
            "%s, byte %s: expected a label of 0 ... %s, got %s"
                .formatted(labels.file, labels.headerBytes() + i, classes - 1, label));
      }
    }
    return new Images(
        classes, images.channels, images.height, images.width, images.bytes, labels.bytes);
  }

  private static Content read(Path file, boolean images) {
    try (Reader in = new Reader(file)) {
      int magic = in.int32("the magic number");
      checkMagic(file, magic, images);
      int count = in.positive(images ? "the number of images" : "the number of labels");
      int channels = !images ? 0 : magic == COLOUR_IMAGES ? in.positive("the channels") : 1;
      int height = images ? in.positive("the rows") : 1;
      int width = images ? in.positive("the columns") : 1;
      byte[] bytes = in.body(count, Math.max(channels, 1), height, width);
      in.end();
      int crc = (int) in.crc.getValue();
      if (magic == COLOUR_IMAGES && !isChannels(channels)) {
        if (!isChannels(width)) {
          throw new DataException(
              "%s, byte 8: expected 1 to 4 channels, as [count, channels, rows, columns] or [count, rows, columns, channels], got [%s, %s, %s, %s]; write the file with one of these"
                  .formatted(file, count, channels, height, width));
        }
        byte[] planes = channelsFirst(bytes, channels * height, width);
        return new Content(file, count, width, channels, height, planes, crc);
      }
      return new Content(file, count, channels, height, width, bytes, crc);
    } catch (NoSuchFileException e) {
      throw new DataException(file + ": there is no such file", e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + FileErrors.reason(e), e);
    }
  }

  private static boolean isChannels(int number) {
    return number <= MAX_CHANNELS;
  }

  /** Takes the channels of each pixel apart, image by image. */
  private static byte[] channelsFirst(byte[] pixels, int plane, int channels) {
    byte[] planes = new byte[pixels.length];
    for (int image = 0; image < pixels.length; image += plane * channels) {
      for (int channel = 0; channel < channels; channel++) {
        for (int i = 0; i < plane; i++) {
          planes[image + channel * plane + i] = pixels[image + i * channels + channel];
        }
      }
    }
    return planes;
  }

  private static void checkMagic(Path file, int magic, boolean images) {
    if (images ? magic == IMAGES || magic == COLOUR_IMAGES : magic == LABELS) {
      return;
    }
    String got =
        switch (magic) {
          case IMAGES, COLOUR_IMAGES -> " (IDX images)";
          case LABELS -> " (IDX labels)";
          default -> " (no IDX file of bytes)";
        };
    throw new DataException(
        String.format(
            Locale.ROOT,
            "%s, byte 0: expected the magic number 0x%08X of IDX %s, got 0x%08X%s; is it the right file?",
            file,
            images ? IMAGES : LABELS,
            images ? "images" : "labels",
            magic,
            got));
  }

  /** Opens a file for its content, uncompressed if gzip's mark is there, whatever its name is. */
  static InputStream open(Path file) throws IOException {
    InputStream raw = Files.newInputStream(file);
    try {
      byte[] mark = raw.readNBytes(2);
      InputStream whole = new SequenceInputStream(new ByteArrayInputStream(mark), raw);
      boolean packed = isGzip(mark);
      return packed ? new GZIPInputStream(new BufferedInputStream(whole, CHUNK), CHUNK) : whole;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  private static boolean isGzip(byte[] mark) {
    return mark.length == 2 && mark[0] == 0x1f && mark[1] == (byte) 0x8b;
  }

  /** Reads forward and knows where it is. */
  private static final class Reader implements AutoCloseable {
    private final Path file;
    private final InputStream in;
    private final CRC32 crc = new CRC32();

    /** How many bytes the content can have at most. */
    private final long room;

    private long position;

    Reader(Path file) throws IOException {
      this.file = file;
      try {
        in = open(file);
      } catch (EOFException | ZipException e) {
        throw broken(e);
      }
      long size = Files.size(file);
      room = in instanceof GZIPInputStream ? Math.multiplyExact(size, MAX_RATIO) : size;
    }

    int int32(String what) throws IOException {
      byte[] four = new byte[4];
      fill(four, what);
      return (four[0] & 0xff) << 24
          | (four[1] & 0xff) << 16
          | (four[2] & 0xff) << 8
          | (four[3] & 0xff);
    }

    int positive(String what) throws IOException {
      long at = position;
      int number = int32(what);
      if (number <= 0) {
        throw fault(at, "expected " + what + " from 1 on, got " + Integer.toUnsignedString(number));
      }
      return number;
    }

    byte[] body(int count, int channels, int height, int width) throws IOException {
      // each factor is below 2^31, so a product is checked before the next factor comes
      long bytes = count;
      for (int factor : new int[] {channels, height, width}) {
        bytes *= factor;
        if (bytes > MAX_BYTES) {
          throw fault(
              4,
              "expected at most %s bytes of content, but %s times %s is more"
                  .formatted(MAX_BYTES, count, Images.size(channels, height, width)));
        }
      }
      if (bytes > room - position) {
        throw fault(
            position,
            "expected %s bytes of content, but there can be only %s; is the file whole?"
                .formatted(bytes, room - position));
      }
      byte[] body = new byte[(int) bytes];
      fill(body, "content");
      return body;
    }

    void fill(byte[] destination, String what) throws IOException {
      int done = 0;
      while (done < destination.length) {
        int got = read(destination, done, Math.min(CHUNK, destination.length - done));
        if (got < 0) {
          throw fault(
              position,
              "the file ends where %s more bytes of %s should follow; is it whole?"
                  .formatted(destination.length - done, what));
        }
        crc.update(destination, done, got);
        done += got;
        position += got;
      }
    }

    /** Reading past the content makes gzip compare its own check sum. */
    void end() throws IOException {
      if (read(new byte[1], 0, 1) >= 0) {
        throw fault(position, "expected the end of the file, but more bytes follow");
      }
    }

    private int read(byte[] destination, int offset, int length) throws IOException {
      try {
        return in.read(destination, offset, length);
      } catch (EOFException | ZipException e) {
        throw broken(e);
      }
    }

    private DataException broken(IOException e) {
      String how = e instanceof EOFException ? "ends too early" : "is damaged: " + e.getMessage();
      return new DataException(
          "%s, byte %s: the compressed file %s; copy or fetch it again"
              .formatted(file, position, how),
          e);
    }

    private DataException fault(long at, String message) {
      return new DataException("%s, byte %s: %s".formatted(file, at, message));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
