package dev.crema.data;

import com.twelvemonkeys.imageio.metadata.jpeg.JPEG;
import com.twelvemonkeys.imageio.metadata.jpeg.JPEGSegment;
import com.twelvemonkeys.imageio.metadata.jpeg.JPEGSegmentUtil;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import javax.imageio.stream.ImageInputStream;

/**
 * How a camera was held, as EXIF says it: with it a picture comes upright (JEITA CP-3451, 0x0112).
 */
enum Orientation {
  UPRIGHT(false, false, false),
  MIRRORED(false, true, false),
  ROTATED_180(false, true, true),
  FLIPPED(false, false, true),
  TRANSPOSED(true, false, false),
  ROTATED_90(true, false, true),
  TRANSVERSED(true, true, true),
  ROTATED_270(true, true, false);

  private static final int TAG = 0x0112;
  private static final int SHORT = 3;
  private static final int TIFF_MAGIC = 42;
  private static final int ENTRY_BYTES = 12;

  /** Whether rows and columns change places. */
  private final boolean swaps;

  /** Whether, in the stored picture, columns then run from the right, and rows from below. */
  private final boolean fromRight;

  private final boolean fromBelow;

  Orientation(boolean swaps, boolean fromRight, boolean fromBelow) {
    this.swaps = swaps;
    this.fromRight = fromRight;
    this.fromBelow = fromBelow;
  }

  /** That of a JPEG file; upright where it does not say, or says nothing that can be understood. */
  static Orientation of(ImageInputStream jpeg) throws IOException {
    jpeg.mark();
    try {
      jpeg.seek(0);
      for (JPEGSegment segment : JPEGSegmentUtil.readSegments(jpeg, JPEG.APP1, "Exif")) {
        ByteBuffer tiff = ByteBuffer.wrap(segment.data().readAllBytes());
        tiff.get(); // pads the identifier
        return of(tiff.slice());
      }
      return UPRIGHT;
    } catch (RuntimeException e) {
      return UPRIGHT; // damaged; the picture itself may be well
    } finally {
      jpeg.reset();
    }
  }

  /** That of a TIFF header with its first directory. */
  static Orientation of(ByteBuffer tiff) {
    try {
      tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      if (tiff.getShort(2) != TIFF_MAGIC) {
        return UPRIGHT;
      }
      int directory = tiff.getInt(4);
      int entries = Short.toUnsignedInt(tiff.getShort(directory));
      for (int i = 0; i < entries; i++) {
        int entry = directory + 2 + i * ENTRY_BYTES;
        int value = tiff.getShort(entry + 8);
        if (Short.toUnsignedInt(tiff.getShort(entry)) == TAG
            && tiff.getShort(entry + 2) == SHORT
            && value >= 1
            && value <= values().length) {
          return values()[value - 1];
        }
      }
    } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
      return UPRIGHT; // it ends too early
    }
    return UPRIGHT;
  }

  /** The picture as it was seen. */
  BufferedImage apply(BufferedImage stored) {
    if (this == UPRIGHT) {
      return stored;
    }
    int width = swaps ? stored.getHeight() : stored.getWidth();
    int height = swaps ? stored.getWidth() : stored.getHeight();
    BufferedImage seen =
        new BufferedImage(
            stored.getColorModel(),
            stored.getColorModel().createCompatibleWritableRaster(width, height),
            stored.isAlphaPremultiplied(),
            null);
    Object pixel = null;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = swaps ? y : x;
        int row = swaps ? x : y;
        pixel =
            stored
                .getRaster()
                .getDataElements(
                    fromRight ? stored.getWidth() - 1 - column : column,
                    fromBelow ? stored.getHeight() - 1 - row : row,
                    pixel);
        seen.getRaster().setDataElements(x, y, pixel);
      }
    }
    return seen;
  }
}
