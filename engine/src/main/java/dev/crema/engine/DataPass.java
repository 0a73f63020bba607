package dev.crema.engine;

import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.TiledPass;
import dev.crema.engine.kernel.WinogradPass;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A convolution's way from one volume to another, for one block of images at a time: from the input
 * to the output, {@code out[o] = bias[o] + sum of in[c, y s + ky - p, x s + kx - p] * weight[c, ky,
 * kx, o]}, or from the gradient of the output to that of the input.
 */
public interface DataPass {
  /** The fastest way from the input to the output. */
  static DataPass forward(Library library, Convolution convolution) {
    return WinogradPass.forward(library, convolution)
        .<DataPass>map(pass -> pass)
        .orElseGet(() -> TiledPass.forward(library, convolution));
  }

  /** The fastest way from the gradient of the output to that of the input. */
  static DataPass backward(Library library, Convolution convolution) {
    return WinogradPass.backward(library, convolution)
        .<DataPass>map(pass -> pass)
        .orElseGet(() -> TiledPass.backward(library, convolution));
  }

  /** What makes the weights that {@link #run} reads; none if it reads them where they lie. */
  default Optional<WeightTransform> weightTransform() {
    return Optional.empty();
  }

  /** Bytes that {@link #run} works in. */
  long scratchBytes();

  /**
   * Computes a block.
   *
   * @param weight the weights, transformed if they are to be
   * @param bias what is added to the outputs; the way back ignores it
   * @param scratch {@link #scratchBytes} bytes to work in
   */
  void run(MemorySegment memory, long from, long weight, long bias, long scratch, long to);

  /** Brings weights into another form, anew whenever they have changed. */
  interface WeightTransform {
    /** Bytes of the transformed weights, which begin as zeros. */
    long bytes();

    /** Bytes that {@link #run} works in. */
    long scratchBytes();

    /** Tiles of the transformed weights. */
    int tiles();

    /** Transforms a tile. */
    void run(MemorySegment memory, int tile, long weight, long scratch, long transformed);
  }
}
