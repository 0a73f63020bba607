package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.Volume;
import dev.crema.engine.WeightPass;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The gradient of the weights by Winograd's algorithm, turned around: {@code dw = G' (sum over
 * images and tiles of (A' dy A) * (B d B')) G}. The sums are in Winograd's domain, with output
 * channels in the lanes.
 */
public final class WinogradWeightPass implements WeightPass {
  private static final int MAX_SUMS = 24;

  private final TileGrid grid;
  private final Convolution spec;
  private final Volume factors;
  private final TransposedChannels transposed;
  private final TileInputs tileInputs;
  private final TileGradients tileGradients;
  private final int vectors;
  private final int inputs;
  private final ChannelGradientKernel kernel;
  private final ChannelGradientKernel rest;
  private final ChannelGradientKernel.Strides strides;
  private final TransformKernel back;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides across;

  /** The pass, where it saves time and its sums are not too large. */
  public static Optional<WinogradWeightPass> of(Library library, Convolution spec) {
    return WinogradPlan.weights(library, spec)
        .map(grid -> new WinogradWeightPass(library, spec, grid));
  }

  /** The pass in these tiles. */
  WinogradWeightPass(Library library, Convolution spec, TileGrid grid) {
    this.grid = grid;
    this.spec = spec;
    factors = grid.strip(spec.in().channels());
    transposed = new TransposedChannels(library, spec.outGradient());
    tileInputs = new TileInputs(library, grid, spec.in(), spec.window().padding());
    tileGradients = new TileGradients(library, grid, spec.outGradient());
    vectors = ChannelWeightPass.vectorTile(spec.paddedOutputs() / Vectors.LANES);
    inputs = ChannelWeightPass.evenTile(spec.in().channels(), MAX_SUMS / vectors);
    int left = spec.in().channels() % inputs;
    kernel = library.channelGradient(new ChannelGradientKernel.Form(inputs, 1, vectors, 1, 1));
    rest =
        left == 0
            ? kernel
            : library.channelGradient(new ChannelGradientKernel.Form(left, 1, vectors, 1, 1));
    strides =
        new ChannelGradientKernel.Strides(
            grid.tiles(), Float.BYTES, 0, factors.plane(), 0, row(), 0, 0, 0, row(), 0);
    Winograd algorithm = grid.algorithm();
    back = library.transform(new TransformKernel.Form(algorithm.fromTaps().transposed()));
    int columns = spec.paddedOutputs() / Vectors.LANES;
    int t = algorithm.inputs();
    down =
        new TransformKernel.Strides(
            t, columns, t * row(), Vectors.BYTES, row(), t * row(), Vectors.BYTES, row());
    across =
        new TransformKernel.Strides(
            algorithm.taps(),
            columns,
            row(),
            Vectors.BYTES,
            t * row(),
            row(),
            Vectors.BYTES,
            algorithm.taps() * row());
  }

  /** Bytes of the sums of one input and place: of all outputs. */
  private long row() {
    return (long) spec.paddedOutputs() * Float.BYTES;
  }

  /** Bytes from one place's sums to the next one's. */
  private long place() {
    return spec.in().channels() * row();
  }

  @Override
  public void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {
    long turned = scratch;
    long images = turned + transposed.bytes();
    long gradients = images + tileInputs.bytes();
    long work = gradients + tileGradients.bytes();
    transposed.run(memory, outGradient, turned);
    for (int strip = 0; strip < grid.strips(); strip++) {
      // Strips must not overlap here: what they have in common would count twice.
      tileInputs.run(memory, grid.first(strip), in, work, images);
      tileGradients.run(memory, strip, turned, work, gradients);
      for (int place = 0; place < grid.places(); place++) {
        multiply(
            memory,
            images + place * grid.place(factors),
            gradients + place * tileGradients.place(),
            sums + place * place());
      }
    }
  }

  private void multiply(MemorySegment memory, long images, long gradients, long sums) {
    int all = spec.paddedOutputs() / Vectors.LANES;
    for (int v = 0; v < all; v += vectors) {
      long lanes = (long) v * Vectors.BYTES;
      for (int c = 0; c < spec.in().channels(); c += inputs) {
        ChannelGradientKernel loop = c + inputs <= spec.in().channels() ? kernel : rest;
        loop.run(
            memory,
            strides,
            images + c * factors.plane(),
            gradients + lanes,
            sums + c * row() + lanes,
            1);
      }
    }
  }

  @Override
  public long scratchBytes() {
    return transposed.bytes()
        + tileInputs.bytes()
        + tileGradients.bytes()
        + Math.max(tileInputs.scratchBytes(), tileGradients.scratchBytes());
  }

  @Override
  public long sumsBytes() {
    return grid.places() * place();
  }

  @Override
  public int finishTiles() {
    return spec.in().channels();
  }

  @Override
  public void finish(
      MemorySegment memory, int input, long sums, long stride, int groups, long scratch, long out) {
    for (int place = 0; place < grid.places(); place++) {
      long from = sums + place * place() + input * row();
      VectorLoops.sum(memory, row(), from, stride, groups, scratch + place * row());
    }
    int k = spec.window().kernel();
    long half = scratch + grid.places() * row();
    back.run(memory, down, scratch, half);
    back.run(memory, across, half, out + input * k * k * row());
  }
}
