package dev.crema.engine;

import dev.crema.engine.kernel.ChannelWeightPass;
import dev.crema.engine.kernel.ImageWeightPass;
import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.WinogradPlan;
import java.lang.foreign.MemorySegment;

/** The gradient of a convolution's weights: a sum over the images of a batch. */
public sealed interface WeightPass {
  /**
   * The fastest way.
   *
   * @param convolution one whose weights share no table
   * @param blocks blocks of a full batch
   */
  static WeightPass of(Library library, Convolution convolution, int blocks) {
    convolution.requireOwnWeights();
    return WinogradPlan.weights(library, convolution, blocks)
        .orElseGet(() -> direct(library, convolution));
  }

  /** The way without transforms, with channels in the lanes if they fill them. */
  static OfBlock direct(Library library, Convolution convolution) {
    return convolution.groups() == 1 && convolution.out().channels() >= Lanes.COUNT
        ? new ChannelWeightPass(library, convolution)
        : new ImageWeightPass(library, convolution);
  }

  /** Bytes that a block needs to work in. */
  long scratchBytes();

  /** Tiles of the gradient. */
  int tiles();

  /** Each block adds to sums of its group, and the groups' sums are added at last. */
  non-sealed interface OfBlock extends WeightPass {
    /** Bytes of the sums, zero before the first block. */
    long sumsBytes();

    /**
     * Adds a block's part of the gradient to {@code sums}.
     *
     * @param scratch {@link #scratchBytes} bytes to work in
     */
    void add(MemorySegment memory, long in, long outGradient, long scratch, long sums);

    /**
     * Adds the sums of several groups of blocks, in their order, and writes a tile of the gradient.
     *
     * @param stride bytes from one group's sums to the next one's
     * @param scratch {@link #scratchBytes} bytes to work in
     */
    void finish(
        MemorySegment memory, int tile, long sums, long stride, int groups, long scratch, long out);
  }

  /**
   * All blocks of a batch together, where sums would outweigh a block's numbers: each block's
   * numbers become factors, and those of all blocks become the gradient, tile by tile.
   */
  non-sealed interface OfBatch extends WeightPass {
    /** Bytes of the input's factors. */
    long inFactorsBytes();

    /** Bytes of the gradient's factors. */
    long gradientFactorsBytes();

    /** Makes a block's factors. */
    void scatter(
        MemorySegment memory,
        int block,
        long in,
        long outGradient,
        long scratch,
        long inFactors,
        long gradientFactors);

    /** Bytes that {@link #finish} works in. */
    long tileScratchBytes();

    /**
     * Writes a tile of the gradient.
     *
     * @param blocks of this batch
     * @param scratch {@link #tileScratchBytes} bytes to work in
     */
    void finish(
        MemorySegment memory,
        int tile,
        int blocks,
        long inFactors,
        long gradientFactors,
        long scratch,
        long out);
  }
}
