package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Brings unsigned bytes into the lanes: the pixels of a vector's images, one image after the other,
 * become one cell for each pixel, {@code cell = pixel * scale + shift}.
 *
 * <p>Four pixels travel through the transposition as one 32-bit number.
 */
@FunctionalInterface
interface PixelKernel {
  /** Pixels of each image that one turn of the loop handles. */
  int PIXELS = 4 * Vectors.LANES;

  /**
   * @param pixels the first pixel of the first image
   * @param scale where the scale and, after it, the shift lie
   */
  void run(MemorySegment memory, Strides strides, long pixels, long scale, long out);

  /**
   * How far the loops step, in bytes.
   *
   * @param tiles turns of the loop; the last one overlaps the one before it
   */
  record Strides(
      int tiles,
      long image,
      long outCell,
      long inTile,
      long inLastTile,
      long outTile,
      long outLastTile) {
    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0, 0, 0);

    static Strides small() {
      return new Strides(3, 0, 0, 0, 0, 0, 0);
    }
  }

  /** Generates the loop. */
  static PixelKernel generate() {
    return VectorCode.define(PixelKernel.class, "LoopPixels", PixelKernel::write);
  }

  private static void write(VectorCode code) {
    int pixels = code.parameter(0);
    int scaleAt = code.parameter(1);
    int out = code.parameter(2);
    int[] square = code.newVectors(Vectors.LANES);
    int scale = code.newVector();
    int shift = code.newVector();
    int value = code.newVector();
    int sum = code.newVector();
    int image = code.newLong();
    int cell = code.newLong();
    code.tiles(
        pixels,
        out,
        () -> {
          code.broadcast(scale, scaleAt, 0);
          code.broadcast(shift, scaleAt, Float.BYTES);
          code.setLong(image, pixels);
          for (int vector : square) {
            code.load(vector, image, 0);
            code.addArgument(image, "image");
          }
          code.transpose(square);
          code.setLong(cell, out);
          for (int vector : square) {
            for (int k = 0; k < 4; k++) {
              code.unpackByte(value, vector, k);
              code.copy(sum, shift);
              code.multiplyAdd(sum, value, scale);
              code.store(sum, cell, 0);
              code.addArgument(cell, "outCell");
            }
          }
        });
  }
}
