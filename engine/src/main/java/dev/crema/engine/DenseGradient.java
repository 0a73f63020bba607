package dev.crema.engine;

import dev.crema.engine.kernel.ChannelDenseGradient;
import dev.crema.engine.kernel.ImageDenseGradient;
import dev.crema.engine.kernel.Library;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The weights' gradient of a dense layer, over the whole batch: {@code dW[c, o] = sum over images
 * of in[c] * dOut[o]}.
 *
 * <p>Tiles of the weights are summed over all blocks at once, in one order, with no partial sums
 * between blocks. Where outputs fill the lanes, each block's output gradient is transposed before,
 * while it is in the cache.
 */
public sealed interface DenseGradient permits ChannelDenseGradient, ImageDenseGradient {
  /**
   * The fastest way.
   *
   * @param inStride bytes from one block's input to the next one's
   * @param gradientStride the same of the output's gradient
   * @param rangeOutputs outputs of a tile, whole vectors; the last range may have fewer
   */
  static DenseGradient of(
      Library library,
      Volume in,
      long inStride,
      Volume outGradient,
      long gradientStride,
      int rangeOutputs) {
    return ImageDenseGradient.suits(outGradient.channels())
        ? new ImageDenseGradient(library, in, inStride, outGradient, gradientStride)
        : new ChannelDenseGradient(library, in, inStride, outGradient, rangeOutputs);
  }

  /** What transposes each block's output gradient before; none if it is read as it is. */
  Optional<Transpose> transpose();

  /** Tiles of the weights: all inputs of the first outputs, then all inputs of the next ones. */
  int tiles();

  /**
   * Writes one tile of the weights' gradient, summed over this many blocks.
   *
   * @param gradient the first block's transposed output gradient, or that gradient itself
   */
  void run(MemorySegment memory, int tile, int blocks, long in, long gradient, long out);

  /** Turns a block's output gradient so that an image's channels follow each other. */
  interface Transpose {
    /** Bytes of the transposed gradient. */
    long bytes();

    /** Transposes a block. */
    void run(MemorySegment memory, long outGradient, long transposed);
  }
}
