package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import java.lang.foreign.MemorySegment;

/**
 * Weights in Winograd's domain, {@code G w G'}, as {@code [place in the tile][input][outputs]},
 * where w is the kernel, or the kernel turned by half a circle.
 */
final class WinogradWeights implements DataPass.WeightTransform {
  private final Winograd algorithm;
  private final int inputs;
  private final long tap;
  private final long first;
  private final TransformKernel kernel;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides across;

  WinogradWeights(Library library, Winograd algorithm, Convolution spec, boolean isTurned) {
    this.algorithm = algorithm;
    inputs = spec.groupInputs();
    int k = algorithm.taps();
    int vectors = spec.paddedOutputs() / Vectors.LANES;
    tap = (long) vectors * Vectors.BYTES;
    long row = k * tap;
    int sign = isTurned ? -1 : 1;
    first = isTurned ? (k - 1) * tap : 0;
    kernel = library.loop(new TransformKernel.Form(algorithm.fromTaps()));
    down =
        new TransformKernel.Strides(
            1, k * vectors, sign * row, Vectors.BYTES, 0, row, Vectors.BYTES, 0);
    across =
        new TransformKernel.Strides(
            algorithm.inputs(),
            vectors,
            sign * tap,
            Vectors.BYTES,
            row,
            place(),
            Vectors.BYTES,
            algorithm.inputs() * place());
  }

  /** Bytes from an input's weights to the next one's: an odd number of vectors, for the caches. */
  long input() {
    return tap | Vectors.BYTES;
  }

  /** Bytes from one place's weights to the next one's. */
  long place() {
    return inputs * input() | Vectors.BYTES;
  }

  /** Where there are as many zeros as outputs: a bias for products that carry none. */
  long zeros() {
    return algorithm.inputs() * algorithm.inputs() * place();
  }

  @Override
  public long bytes() {
    return zeros() + tap;
  }

  @Override
  public long scratchBytes() {
    return algorithm.inputs() * algorithm.taps() * tap;
  }

  @Override
  public int tiles() {
    return inputs;
  }

  @Override
  public void run(MemorySegment memory, int input, long weight, long scratch, long transformed) {
    int k = algorithm.taps();
    long from = weight + input * k * k * tap;
    // Turned, both ways of the kernel begin with its last row or column.
    kernel.run(memory, down, from + first * k, scratch);
    kernel.run(memory, across, scratch + first, transformed + input * input());
    if (input == 0) {
      MapLoops.fill(memory, transformed + zeros(), (int) (tap / Vectors.BYTES), 0f);
    }
  }
}
