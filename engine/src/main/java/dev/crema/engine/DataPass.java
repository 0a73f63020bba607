package dev.crema.engine;

import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.TiledPass;
import dev.crema.engine.kernel.TransposedPass;
import dev.crema.engine.kernel.WinogradPlan;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A convolution's way from one volume to another: from the input to the output, {@code out[o] =
 * bias[o] + sum of in[c, y s + ky - p, x s + kx - p] * weight[c, ky, kx, o]}, or from the gradient
 * of the output to that of the input.
 */
public sealed interface DataPass {
  /**
   * The fastest way from the input to the output.
   *
   * @param convolution one whose weights share no table; of others see {@link TiledPass}
   * @param blocks blocks of a full batch
   * @param rectifies whether negative outputs become 0, while they are in the cache
   */
  static DataPass forward(Library library, Convolution convolution, int blocks, boolean rectifies) {
    convolution.requireOwnWeights();
    return WinogradPlan.forward(library, convolution, blocks, rectifies)
        .or(() -> rectifies ? Optional.empty() : TransposedPass.forward(library, convolution))
        .orElseGet(() -> TiledPass.forward(library, convolution, rectifies));
  }

  /**
   * The fastest way from the gradient of the output to that of the input.
   *
   * @param convolution one whose weights share no table
   * @param blocks blocks of a full batch
   * @param adds whether it adds to what is there, if {@link #adds} says so
   */
  static DataPass backward(Library library, Convolution convolution, int blocks, boolean adds) {
    convolution.requireOwnWeights();
    return WinogradPlan.backward(library, convolution, blocks)
        .or(() -> TransposedPass.backward(library, convolution, blocks))
        .orElseGet(() -> TiledPass.backward(library, convolution, adds));
  }

  /** Whether results are added to what is there; else they take its place. */
  boolean adds();

  /** What makes the weights that the pass reads; none if it reads them where they lie. */
  Optional<WeightTransform> weightTransform();

  /** Bytes that a block needs to work in. */
  long scratchBytes();

  /** Each block by itself. */
  non-sealed interface OfBlock extends DataPass {
    /**
     * Computes a block.
     *
     * @param weight the weights, transformed if they are to be
     * @param bias what is added to the outputs; the way back ignores it
     * @param scratch {@link #scratchBytes} bytes to work in
     */
    void run(MemorySegment memory, long from, long weight, long bias, long scratch, long to);
  }

  /**
   * All blocks of a batch together, where the weights outweigh a block's numbers: each block's
   * numbers become factors, the factors of all blocks become products, tile by tile, and these
   * become each block's results.
   */
  non-sealed interface OfBatch extends DataPass {
    /** Bytes of the factors. */
    long factorsBytes();

    /** Bytes of the products. */
    long productsBytes();

    /** Tiles of the products. */
    int tiles();

    /** Makes a block's factors. */
    void scatter(MemorySegment memory, int block, long from, long scratch, long factors);

    /** Makes a tile of the products of all blocks, from weights and biases as above. */
    void multiply(
        MemorySegment memory, int tile, long factors, long weight, long bias, long products);

    /** Makes a block's results. */
    void gather(MemorySegment memory, int block, long products, long scratch, long to);
  }

  /** Brings weights into another form, anew whenever they have changed. */
  interface WeightTransform {
    /** Bytes of the transformed weights. */
    long bytes();

    /** Bytes that {@link #run} works in. */
    long scratchBytes();

    /** Tiles of the transformed weights. */
    int tiles();

    /** Transforms a tile. */
    void run(MemorySegment memory, int tile, long weight, long scratch, long transformed);
  }
}
