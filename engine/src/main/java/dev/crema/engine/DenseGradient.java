package dev.crema.engine;

import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient of a dense layer, over the whole batch: {@code dW[c, o] = sum over images
 * of in[c] * dOut[o]}.
 *
 * <p>Each block's output gradient is transposed while it is in the cache; then tiles of the weights
 * are summed over all blocks at once, in one order, with no partial sums.
 */
public interface DenseGradient {
  /** Bytes of one block's transposed output gradient. */
  long transposedBytes();

  /** Transposes one block's output gradient. */
  void transpose(MemorySegment memory, long outGradient, long transposed);

  /** Tiles of the weights: all inputs of the first outputs, then all inputs of the next ones. */
  int tiles();

  /** Writes one tile of the weights' gradient, summed over this many blocks. */
  void run(MemorySegment memory, int tile, int blocks, long in, long transposed, long out);
}
