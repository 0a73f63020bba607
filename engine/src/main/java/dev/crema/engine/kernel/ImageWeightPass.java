package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.WeightPass;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** One vector of partial sums for each weight: [output][input][kernel row][kernel column]. */
public final class ImageWeightPass implements WeightPass.OfBlock {
  private static final int MAX_SUMS = Math.min(20, Registers.SUMS);
  private static final TransposeKernel.Strides SQUARE =
      new TransposeKernel.Strides(1, Vectors.BYTES, Vectors.BYTES, 0, 0);

  private final Convolution spec;
  private final int kernelRows;
  private final int tileOutputs;
  private final ImageGradientKernel kernel;
  private final ImageGradientKernel rest;
  private final ImageGradientKernel.Strides strides;
  private final TransposeKernel transpose;
  private final List<Rows> bands;

  /** Plans the loops. */
  public ImageWeightPass(Library library, Convolution spec) {
    this.spec = spec;
    int k = spec.window().kernel();
    int stride = spec.window().stride();
    int outputs = spec.groupOutputs();
    // One output alone leaves too few sums to hide the latency of a multiply-add.
    boolean whole = outputs == 1 && spec.window().padding() == 0 && k * k <= MAX_SUMS;
    kernelRows = whole ? k : 1;
    tileOutputs = bestTile(outputs, Math.max(1, MAX_SUMS / (kernelRows * k)));
    kernel = library.loop(new ImageGradientKernel.Form(tileOutputs, kernelRows, k, stride));
    int left = outputs % tileOutputs;
    rest =
        left == 0
            ? kernel
            : library.loop(new ImageGradientKernel.Form(left, kernelRows, k, stride));
    strides =
        new ImageGradientKernel.Strides(
            spec.out().width(),
            (long) stride * Vectors.BYTES,
            Vectors.BYTES,
            spec.in().row(),
            spec.outGradient().row(),
            spec.outGradient().plane(),
            (long) spec.groupInputs() * k * k * Vectors.BYTES);
    transpose = library.loop(new TransposeKernel.Form(Vectors.LANES));
    bands =
        new Rows(0, spec.out().height())
            .bands(
                Rows.CACHE_BYTES
                    / (tileOutputs * spec.outGradient().row() + stride * spec.in().row()));
  }

  private static int bestTile(int outputs, int limit) {
    int best = Math.min(outputs, limit);
    for (int tile = best; 2 * tile > best; tile--) {
      if (outputs % tile == 0) {
        return tile;
      }
    }
    return best;
  }

  @Override
  public void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {
    int outputs = spec.groupOutputs();
    for (int group = 0; group < spec.groups(); group++) {
      for (int o = 0; o < outputs; o += tileOutputs) {
        ImageGradientKernel loop = o + tileOutputs <= outputs ? kernel : rest;
        for (int b = 0; b < bands.size(); b++) {
          band(memory, loop, group, group * outputs + o, bands.get(b), in, outGradient, sums);
        }
      }
    }
  }

  private void band(
      MemorySegment memory,
      ImageGradientKernel loop,
      int group,
      int output,
      Rows band,
      long in,
      long outGradient,
      long sums) {
    int k = spec.window().kernel();
    int stride = spec.window().stride();
    int padding = spec.window().padding();
    for (int c = 0; c < spec.groupInputs(); c++) {
      int inChannel = group * spec.groupInputs() + c;
      for (int ky = 0; ky < k; ky += kernelRows) {
        Rows rows = kernelRows > 1 ? band : band.reaching(spec, ky);
        int top = rows.first() * stride - padding + ky;
        loop.run(
            memory,
            strides,
            in + spec.in().at(inChannel, top, -padding),
            outGradient + spec.outGradient().at(output, rows.first(), 0),
            sums + (((long) output * spec.groupInputs() + c) * k + ky) * k * Vectors.BYTES,
            rows.count());
      }
    }
  }

  private int weights() {
    int k = spec.window().kernel();
    return spec.out().channels() * spec.groupInputs() * k * k;
  }

  @Override
  public int tiles() {
    return Math.ceilDiv(weights(), Vectors.LANES);
  }

  @Override
  public long scratchBytes() {
    return 2L * Vectors.LANES * Vectors.BYTES;
  }

  @Override
  public long sumsBytes() {
    return (long) tiles() * Vectors.LANES * Vectors.BYTES;
  }

  /** Adds the groups' vectors of as many weights as a vector has lanes, then their lanes. */
  @Override
  public void finish(
      MemorySegment memory, int tile, long sums, long stride, int groups, long scratch, long out) {
    long from = sums + (long) tile * Vectors.LANES * Vectors.BYTES;
    VectorLoops.sum(memory, (long) Vectors.LANES * Vectors.BYTES, from, stride, groups, scratch);
    long turned = scratch + (long) Vectors.LANES * Vectors.BYTES;
    transpose.run(memory, SQUARE, scratch, turned);
    VectorLoops.sum(memory, Vectors.BYTES, turned, Vectors.BYTES, Vectors.LANES, scratch);
    int k = spec.window().kernel();
    int perOutput = spec.groupInputs() * k * k;
    int count = Math.min(Vectors.LANES, weights() - tile * Vectors.LANES);
    for (int i = 0; i < count; i++) {
      int weight = tile * Vectors.LANES + i;
      long place = (long) (weight % perOutput) * spec.paddedOutputs() + weight / perOutput;
      Vectors.set(
          memory, out + place * Float.BYTES, Vectors.get(memory, scratch + (long) i * Float.BYTES));
    }
  }
}
