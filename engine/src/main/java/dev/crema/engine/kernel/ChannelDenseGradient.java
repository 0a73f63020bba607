package dev.crema.engine.kernel;

import dev.crema.engine.DenseGradient;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A dense layer's weight gradient on the generated kernels, with output channels in the lanes.
 *
 * <p>A tile of the weights is a band of inputs with a range of outputs. It goes over the images in
 * spans: the band's input and one column of the transposed gradient then stay in the first-level
 * cache while the kernel goes over the inputs of the band.
 */
public final class ChannelDenseGradient implements DenseGradient {
  private static final int BAND_KERNELS = 6;
  private static final int SPAN_IMAGES = 64;

  private final Volume in;
  private final long inStride;
  private final long image;
  private final int inputs;
  private final int vectors;
  private final int allVectors;
  private final int range;
  private final int span;
  private final TransposedChannels transposed;
  private final InputTiles tiles;
  private final ChannelGradientKernel.Strides strides;

  /**
   * Plans the loops for this input and this gradient of the output.
   *
   * @param inStride bytes from one block's input to the next one's
   * @param rangeOutputs outputs of a tile, whole vectors; the last range may have fewer
   */
  public ChannelDenseGradient(
      Library library, Volume in, long inStride, Volume outGradient, int rangeOutputs) {
    this.in = in;
    this.inStride = inStride;
    allVectors = Math.ceilDiv(outGradient.channels(), Vectors.LANES);
    image = (long) allVectors * Vectors.BYTES;
    range = Math.min(allVectors, rangeOutputs / Vectors.LANES);
    boolean isWide = allVectors % 4 == 0 && allVectors >= 8 && !Registers.ARE_FEW;
    vectors = isWide ? 4 : allVectors % 2 == 0 ? 2 : 1;
    inputs = inputTile(in.channels(), Registers.SUMS / Math.max(2, vectors));
    span = Math.max(1, SPAN_IMAGES / (in.vectors() * Vectors.LANES));
    transposed = new TransposedChannels(library, outGradient, vectors);
    tiles =
        InputTiles.of(
            library, in.channels(), new ChannelGradientKernel.Form(inputs, 1, vectors, 1, 1));
    strides =
        new ChannelGradientKernel.Strides(
            in.vectors(),
            Float.BYTES,
            0,
            in.plane(),
            inStride,
            transposed.panels().image(),
            0,
            0,
            transposed.bytes(),
            image,
            0);
  }

  /** A slightly smaller tile that leaves no rest saves the warm-up of another kernel. */
  private static int inputTile(int channels, int limit) {
    return channels % (limit - 1) == 0 && channels % limit != 0
        ? limit - 1
        : Math.min(channels, limit);
  }

  @Override
  public Optional<Transpose> transpose() {
    return Optional.of(transposed);
  }

  private int bandInputs() {
    return BAND_KERNELS * inputs;
  }

  private int bands() {
    return Math.ceilDiv(in.channels(), bandInputs());
  }

  @Override
  public int tiles() {
    return Math.ceilDiv(allVectors, range) * bands();
  }

  @Override
  public void run(
      MemorySegment memory, int tile, int blocks, long inAt, long transposedAt, long out) {
    int first = tile % bands() * bandInputs();
    int end = Math.min(in.channels(), first + bandInputs());
    int firstVector = tile / bands() * range;
    int endVector = Math.min(allVectors, firstVector + range);
    clear(memory, first, end, firstVector, endVector, out);
    for (int block = 0; block < blocks; block += span) {
      int count = Math.min(span, blocks - block);
      long input = inAt + block * inStride;
      long gradient = transposedAt + block * transposed.bytes();
      for (int v = firstVector; v < endVector; v += vectors) {
        long panel = gradient + transposed.panels().at(v);
        long lanes = (long) v * Vectors.BYTES;
        for (int c = first; c < end; c += inputs) {
          tiles
              .next(end - c)
              .run(memory, strides, input + c * in.plane(), panel, out + c * image + lanes, count);
        }
      }
    }
  }

  private void clear(
      MemorySegment memory, int first, int end, int firstVector, int endVector, long out) {
    if (endVector - firstVector == allVectors) {
      MapLoops.fill(memory, out + first * image, (end - first) * allVectors, 0f);
      return;
    }
    for (int c = first; c < end; c++) {
      long at = out + c * image + (long) firstVector * Vectors.BYTES;
      MapLoops.fill(memory, at, endVector - firstVector, 0f);
    }
  }
}
