package dev.crema.engine.kernel;

import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/**
 * Brings a block of images from bytes into the lanes: {@code cell = byte * scale + shift}.
 *
 * <p>Each image's pixels follow each other, and so do the images; lanes past the last image get
 * whatever bytes follow. Four pixels travel through the transposition as one 32-bit number.
 */
public final class PixelLoader {
  /** Bytes behind the last image that may be read, too. */
  public static final int SLACK = Lanes.BYTES;

  private final Volume volume;
  private final int pixels;
  private final TransposeKernel transpose;
  private final TransposeKernel.Strides strides;

  /** Plans the loops for images of this many bytes, into planes without gaps. */
  public PixelLoader(Library library, Volume volume, int pixels) {
    if (!volume.isContiguous() && volume.channels() > 1) {
      throw new IllegalArgumentException("planes must follow each other: " + volume);
    }
    this.volume = volume;
    this.pixels = pixels;
    transpose = library.loop(new TransposeKernel.Form(Lanes.COUNT));
    strides =
        new TransposeKernel.Strides(
            Math.ceilDiv(pixels, Lanes.BYTES),
            pixels,
            Lanes.BYTES,
            Lanes.BYTES,
            (long) Lanes.COUNT * Lanes.BYTES);
  }

  /** Bytes of memory to work in. */
  public long scratchBytes() {
    return strides.squares() * strides.toSquare();
  }

  /**
   * Loads one block.
   *
   * @param from the first byte of the first image
   * @param normalization where the scale and, after it, the shift lie
   */
  public void run(MemorySegment memory, long from, long normalization, long scratch, long to) {
    float scale = Vectors.get(memory, normalization);
    float shift = Vectors.get(memory, normalization + Float.BYTES);
    for (int v = 0; v < volume.vectors(); v++) {
      transpose.run(memory, strides, from + (long) v * Lanes.COUNT * pixels, scratch);
      long cells = to + (long) v * Lanes.BYTES;
      MapLoops.unpack(memory, scratch, cells, volume.cell(), pixels, scale, shift);
    }
  }
}
