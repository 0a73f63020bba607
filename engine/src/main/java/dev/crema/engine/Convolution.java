package dev.crema.engine;

import java.lang.foreign.MemorySegment;

/**
 * The loops of one convolution, for one block of images at a time.
 *
 * <p>Weights lie as {@code [inputs of a group][kernel row][kernel column][outputs]}, with the
 * outputs padded to whole vectors, so that all three passes read or write them where they are. A
 * dense layer is the convolution of a single cell.
 */
public interface Convolution {
  /** {@code out[o] = bias[o] + sum of in[c, y s + ky - p, x s + kx - p] * weight[c, ky, kx, o]}. */
  void forward(MemorySegment memory, long in, long weight, long bias, long out);

  /** Tiles of output channels. */
  int forwardTiles();

  /** The same as {@link #forward} for one tile of output channels. */
  void forward(MemorySegment memory, int tile, long in, long weight, long bias, long out);

  /** The gradient of the input, from the gradient of the output. */
  void backwardData(MemorySegment memory, long outGradient, long weight, long inGradient);

  /** Tiles of the input's gradient: of its channels, for each residue modulo the stride. */
  int backwardDataTiles();

  /** The same as {@link #backwardData} for one tile. */
  void backwardData(MemorySegment memory, int tile, long outGradient, long weight, long inGradient);

  /**
   * Adds this block's part of the weights' gradient to {@code sums}.
   *
   * @param scratch {@link #scratchBytes} bytes to work in
   */
  void backwardWeights(MemorySegment memory, long in, long outGradient, long scratch, long sums);

  /** Bytes that {@link #backwardWeights} works in. */
  long scratchBytes();

  /** Bytes of the sums, zero before the first block. */
  long sumsBytes();

  /**
   * Adds the sums of several groups of blocks, in their order, and writes a tile of the weights'
   * gradient.
   *
   * @param stride bytes from one group's sums to the next one's
   */
  void finish(
      MemorySegment memory, int tile, long sums, long stride, int groups, long scratch, long out);

  /** Tiles of {@link #finish}. */
  int finishTiles();

  /**
   * The shape of a convolution.
   *
   * @param in the input, with a halo of at least the padding
   * @param out the output
   * @param inGradient the input's gradient
   * @param outGradient the output's gradient, with a halo of at least {@link #gradientHalo} if the
   *     gradient of the input is wanted
   * @param relu whether negative outputs become zero
   */
  record Spec(
      Window window,
      int groups,
      Volume in,
      Volume out,
      Volume inGradient,
      Volume outGradient,
      boolean relu) {
    /** Validates that the sizes fit each other. */
    public Spec {
      if (in.channels() % groups != 0 || out.channels() % groups != 0) {
        throw new IllegalArgumentException(
            "%d inputs and %d outputs cannot be split into %d groups"
                .formatted(in.channels(), out.channels(), groups));
      }
      if (out.height() != window.places(in.height())
          || out.width() != window.places(in.width())
          || in.halo() < (window.padding())
          || (window.kernel() > 1 && in.vectors() > 1)) {
        throw new IllegalArgumentException("the volumes do not fit " + window);
      }
    }

    /** Input channels of a group. */
    public int groupInputs() {
      return in.channels() / groups;
    }

    /** Output channels of a group. */
    public int groupOutputs() {
      return out.channels() / groups;
    }

    /** Numbers from one kernel column's weights to the next one's: the outputs, padded. */
    public int paddedOutputs() {
      return Lanes.roundUp(out.channels());
    }

    /** Bytes of the weights. */
    public long weightBytes() {
      return (long) groupInputs() * window.kernel() * window.kernel() * paddedOutputs() * 4;
    }
  }

  /**
   * Which passes a program needs besides the forward one.
   *
   * @param data the gradient of the input
   * @param weights the gradient of the weights
   */
  record Passes(boolean data, boolean weights) {
    /** The forward pass alone. */
    public static final Passes FORWARD = new Passes(false, false);

    /** All of them. */
    public static final Passes ALL = new Passes(true, true);
  }

  /** The halo that backward-data needs around the rows of the output's gradient. */
  static int gradientHalo(Window window, int inWidth) {
    int halo = 0;
    int outWidth = window.places(inWidth);
    for (int phase = 0; phase < window.stride(); phase++) {
      Phase columns = Phase.of(window, phase, inWidth);
      if (columns.taps() > 0 && columns.places() > 0) {
        halo = Math.max(halo, columns.taps() - 1 - columns.from());
        halo = Math.max(halo, columns.from() + columns.places() - outWidth);
      }
    }
    return halo;
  }

  /**
   * Input cells of one residue modulo the stride: the only ones that the same kernel taps reach.
   *
   * @param first the first such input cell
   * @param places how many there are
   * @param taps how many kernel taps reach them: phase, phase + stride, ...
   * @param from the output cell under the first tap at the first input cell
   */
  record Phase(int first, int places, int taps, int from) {
    /** The phase in which input cell + padding = phase, modulo the stride. */
    public static Phase of(Window window, int phase, int inSize) {
      int first = Math.floorMod(phase - window.padding(), window.stride());
      int places = Math.max(0, Math.ceilDiv(inSize - first, window.stride()));
      int taps = Math.max(0, Math.ceilDiv(window.kernel() - phase, window.stride()));
      return new Phase(first, places, taps, (first + window.padding() - phase) / window.stride());
    }
  }
}
