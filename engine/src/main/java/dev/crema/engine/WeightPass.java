package dev.crema.engine;

import dev.crema.engine.kernel.ChannelWeightPass;
import dev.crema.engine.kernel.ImageWeightPass;
import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.WinogradWeightPass;
import java.lang.foreign.MemorySegment;

/** The gradient of a convolution's weights: sums over the blocks of a batch. */
public interface WeightPass {
  /** The fastest way. */
  static WeightPass of(Library library, Convolution convolution) {
    return WinogradWeightPass.of(library, convolution)
        .<WeightPass>map(pass -> pass)
        .orElseGet(() -> direct(library, convolution));
  }

  /** The way without transforms, with channels in the lanes if they fill them. */
  static WeightPass direct(Library library, Convolution convolution) {
    return convolution.groups() == 1 && convolution.out().channels() >= Lanes.COUNT
        ? new ChannelWeightPass(library, convolution)
        : new ImageWeightPass(library, convolution);
  }

  /**
   * Adds a block's part of the gradient to {@code sums}.
   *
   * @param scratch {@link #scratchBytes} bytes to work in
   */
  void add(MemorySegment memory, long in, long outGradient, long scratch, long sums);

  /** Bytes that {@link #add} and {@link #finish} work in. */
  long scratchBytes();

  /** Bytes of the sums, zero before the first block. */
  long sumsBytes();

  /**
   * Adds the sums of several groups of blocks, in their order, and writes a tile of the gradient.
   *
   * @param stride bytes from one group's sums to the next one's
   */
  void finish(
      MemorySegment memory, int tile, long sums, long stride, int groups, long scratch, long out);

  /** Tiles of {@link #finish}. */
  int finishTiles();
}
