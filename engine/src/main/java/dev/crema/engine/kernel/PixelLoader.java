package dev.crema.engine.kernel;

import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Brings a block of images from bytes into the lanes: {@code cell = byte * scale + shift}.
 *
 * <p>Each image's pixels follow each other, and so do the images; lanes past the last image get
 * whatever bytes follow.
 */
public final class PixelLoader {
  private final Volume volume;
  private final int pixels;
  private final PixelKernel kernel;
  private final PixelKernel.Strides strides;

  /** Plans the loop for images of this many bytes, into planes without gaps. */
  public PixelLoader(Library library, Volume volume, int pixels) {
    if (!volume.isContiguous() && volume.channels() > 1) {
      throw new IllegalArgumentException("planes must follow each other: " + volume);
    }
    this.volume = volume;
    this.pixels = pixels;
    kernel = library.pixels();
    int tiles = Math.ceilDiv(pixels, PixelKernel.PIXELS);
    int last = pixels - PixelKernel.PIXELS - (tiles - 2) * PixelKernel.PIXELS;
    long cell = volume.cell();
    strides =
        new PixelKernel.Strides(
            tiles, pixels, cell, PixelKernel.PIXELS, last, PixelKernel.PIXELS * cell, last * cell);
  }

  /**
   * Loads one block.
   *
   * @param from the first byte of the first image
   * @param scale where the scale and, after it, the shift lie
   */
  public void run(MemorySegment memory, long from, long scale, long to) {
    for (int v = 0; v < volume.vectors(); v++) {
      long images = from + (long) v * Lanes.COUNT * pixels;
      long cells = to + (long) v * Lanes.BYTES;
      if (pixels >= PixelKernel.PIXELS) {
        kernel.run(memory, strides, images, scale, cells);
      } else {
        few(memory, images, scale, cells);
      }
    }
  }

  private void few(MemorySegment memory, long from, long scaleAt, long to) {
    float scale = Vectors.get(memory, scaleAt);
    float shift = Vectors.get(memory, scaleAt + Float.BYTES);
    for (int n = 0; n < Lanes.COUNT; n++) {
      for (int p = 0; p < pixels; p++) {
        int value = memory.get(ValueLayout.JAVA_BYTE, from + (long) n * pixels + p) & 0xFF;
        Vectors.set(
            memory, to + p * volume.cell() + (long) n * Float.BYTES, Math.fma(value, scale, shift));
      }
    }
  }
}
