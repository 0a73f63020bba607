package dev.crema.engine.kernel;

import dev.crema.engine.DenseGradient;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/** A dense layer's weight gradient on the generated kernels, with output channels in the lanes. */
public final class TiledDenseGradient implements DenseGradient {
  private static final int MAX_SUMS = 24;

  private final Volume in;
  private final int paddedOutputs;
  private final int inputs;
  private final int vectors;
  private final WeightSums.TransposedChannels transposed;
  private final ChannelGradientKernel kernel;
  private final ChannelGradientKernel.Strides strides;

  /**
   * Plans the loops for this input and this gradient of the output.
   *
   * @param inStride bytes from one block's input to the next one's
   */
  public TiledDenseGradient(Library library, Volume in, long inStride, Volume outGradient) {
    this.in = in;
    int all = Math.ceilDiv(outGradient.channels(), Vectors.LANES);
    paddedOutputs = all * Vectors.LANES;
    vectors = Math.min(all, 4);
    inputs = Math.min(in.channels(), MAX_SUMS / Math.max(2, vectors));
    transposed = new WeightSums.TransposedChannels(library, outGradient);
    kernel = library.channelGradient(new ChannelGradientKernel.Form(inputs, 1, vectors, 1, false));
    long image = (long) paddedOutputs * Float.BYTES;
    strides =
        new ChannelGradientKernel.Strides(
            in.vectors(),
            Float.BYTES,
            0,
            in.plane(),
            inStride,
            image,
            transposed.bytes(),
            image,
            0);
  }

  @Override
  public long transposedBytes() {
    return transposed.bytes();
  }

  @Override
  public void transpose(MemorySegment memory, long outGradient, long transposedAt) {
    transposed.run(memory, outGradient, transposedAt);
  }

  @Override
  public int tiles() {
    return Math.ceilDiv(in.channels(), inputs);
  }

  /** One tile of inputs, all outputs; where tiles do not fit, the last one overlaps. */
  @Override
  public void run(
      MemorySegment memory, int tile, int blocks, long inAt, long transposedAt, long out) {
    int channel = Math.min(tile * inputs, in.channels() - inputs);
    long image = (long) paddedOutputs * Float.BYTES;
    int all = paddedOutputs / Vectors.LANES;
    for (int v = 0; v < all; v += vectors) {
      long lanes = (long) Math.min(v, all - vectors) * Vectors.BYTES;
      kernel.run(
          memory,
          strides,
          inAt + channel * in.plane(),
          transposedAt + lanes,
          out + channel * image + lanes,
          blocks);
    }
  }
}
