package dev.crema.engine.kernel;

import dev.crema.engine.DenseGradient;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The weight gradient of a dense layer of few outputs: all of them at once, for some inputs. */
public final class ImageDenseGradient implements DenseGradient {
  private static final int MAX_SUMS = 24;
  private static final int MIN_INPUTS = 2;
  private static final int MAX_INPUTS = 8;
  // Tiles enough for many workers; no fewer than a kernel takes at once.
  private static final int BAND_INPUTS = 16;

  private final int channels;
  private final long inPlane;
  private final long row;
  private final int inputs;
  private final DenseGradientKernel kernel;
  private final DenseGradientKernel.Strides strides;

  /**
   * Plans the loops for this input and this gradient of the output.
   *
   * @param inStride bytes from one block's input to the next one's
   * @param gradientStride the same of the output's gradient
   */
  public ImageDenseGradient(
      Library library, Volume in, long inStride, Volume outGradient, long gradientStride) {
    channels = in.channels();
    inPlane = in.plane();
    int outputs = outGradient.channels();
    row = (long) Lanes.roundUp(outputs) * Float.BYTES;
    inputs = Math.min(channels, Math.clamp(MAX_SUMS / outputs, 1, MAX_INPUTS));
    kernel = library.loop(new DenseGradientKernel.Form(inputs, outputs));
    strides =
        new DenseGradientKernel.Strides(
            in.vectors(),
            Vectors.BYTES,
            inPlane,
            outGradient.plane(),
            inStride,
            gradientStride,
            inputs * inPlane,
            row);
  }

  /** Whether so few outputs leave sums for several inputs, which then share what they load. */
  public static boolean suits(int outputs) {
    return outputs * MIN_INPUTS <= MAX_SUMS;
  }

  @Override
  public Optional<Transpose> transpose() {
    return Optional.empty();
  }

  @Override
  public int tiles() {
    return Math.ceilDiv(channels, BAND_INPUTS);
  }

  @Override
  public void run(MemorySegment memory, int tile, int blocks, long in, long gradient, long out) {
    int first = tile * BAND_INPUTS;
    int end = Math.min(channels, first + BAND_INPUTS);
    int whole = (end - first) / inputs;
    band(memory, first, whole, blocks, in, gradient, out);
    if (whole * inputs < end - first) {
      // Inputs that do not fill a tile share one with others, which come out the same again.
      band(memory, end - inputs, 1, blocks, in, gradient, out);
    }
  }

  private void band(
      MemorySegment memory, int first, int count, int blocks, long in, long gradient, long out) {
    long from = in + first * inPlane;
    kernel.run(memory, strides, from, gradient, out + first * row, count, blocks);
  }
}
