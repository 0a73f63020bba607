package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A pass over data by Winograd's algorithm: tiles of images and weights are transformed, then
 * multiplied as matrices, one for each place in a tile, and the products are transformed back.
 *
 * <p>It needs two to four times fewer multiplications. Strip by strip, so that what lies between
 * stays in the cache.
 */
public final class WinogradPass implements DataPass {
  private final TileGrid grid;
  private final boolean isForward;
  private final int outputs;
  private final WinogradWeights weights;
  private final TileInputs tileInputs;
  private final TileOutputs tileOutputs;
  private final RowTile tile;
  private final RowKernel product;
  private final RowKernel.Strides strides;
  private final Volume factors;
  private final Volume products;

  /** The pass from the input to the output, where it saves time. */
  public static Optional<WinogradPass> forward(Library library, Convolution spec) {
    return WinogradPlan.forward(library, spec).map(grid -> forward(library, spec, grid));
  }

  /** The pass from the input to the output in these tiles. */
  static WinogradPass forward(Library library, Convolution spec, TileGrid grid) {
    return new WinogradPass(library, spec, grid, true);
  }

  /** The pass from the gradient of the output to that of the input, where it saves time. */
  public static Optional<WinogradPass> backward(Library library, Convolution spec) {
    return WinogradPlan.backward(library, spec).map(grid -> backward(library, spec, grid));
  }

  /** The pass from the gradient of the output to that of the input in these tiles. */
  static WinogradPass backward(Library library, Convolution spec, TileGrid grid) {
    return new WinogradPass(library, spec, grid, false);
  }

  private WinogradPass(Library library, Convolution spec, TileGrid grid, boolean isForward) {
    this.grid = grid;
    this.isForward = isForward;
    Volume from = isForward ? spec.in() : spec.outGradient();
    Volume to = isForward ? spec.out() : spec.inGradient();
    int padding = isForward ? spec.window().padding() : WinogradPlan.backwardPadding(spec);
    outputs = to.channels();
    weights = new WinogradWeights(library, grid.algorithm(), spec, isForward);
    tileInputs = new TileInputs(library, grid, from, padding);
    tileOutputs = new TileOutputs(library, grid, to);
    factors = grid.strip(from.channels());
    products = grid.strip(to.channels());
    tile = RowTile.best(outputs, grid.tiles());
    product =
        library.row(
            new RowKernel.Form(
                tile.outputs(),
                tile.cells(),
                1,
                1,
                1,
                new RowKernel.Reach(0, tile.cells()),
                isForward));
    long step = (long) tile.cells() * Vectors.BYTES;
    int tiles = Math.ceilDiv(grid.tiles(), tile.cells());
    long last = (grid.tiles() - (tiles - 1L) * tile.cells()) * Vectors.BYTES;
    strides =
        new RowKernel.Strides(
            from.channels(),
            1,
            tiles,
            0,
            factors.plane(),
            0,
            isForward ? weights.input() : Float.BYTES,
            0,
            0,
            isForward ? Float.BYTES : weights.input(),
            products.plane(),
            step,
            last,
            step,
            last);
  }

  @Override
  public Optional<WeightTransform> weightTransform() {
    return Optional.of(weights);
  }

  @Override
  public long scratchBytes() {
    return zeroBytes()
        + tileInputs.bytes()
        + tileOutputs.bytes()
        + Math.max(tileInputs.scratchBytes(), tileOutputs.scratchBytes());
  }

  /** A bias of zeros, for the products that carry none. */
  private long zeroBytes() {
    return isForward ? (long) Math.ceilDiv(outputs, Vectors.LANES) * Vectors.BYTES : 0;
  }

  @Override
  public void run(MemorySegment memory, long from, long weight, long bias, long scratch, long to) {
    long in = scratch + zeroBytes();
    long out = in + tileInputs.bytes();
    long rest = out + tileOutputs.bytes();
    MapLoops.fill(memory, scratch, (int) (zeroBytes() / Vectors.BYTES), 0f);
    for (int strip = 0; strip < grid.strips(); strip++) {
      int first = grid.first(strip);
      tileInputs.run(memory, first, from, rest, in);
      for (int place = 0; place < grid.places(); place++) {
        multiply(
            memory,
            in + place * grid.place(factors),
            weight + place * weights.place(),
            isOne(place) ? bias : scratch,
            out + place * grid.place(products));
      }
      tileOutputs.run(memory, first, out, rest, to);
    }
  }

  /** What is added to the product at the point 1 of both directions is added to every result. */
  private boolean isOne(int place) {
    return place == Winograd.ONE * grid.algorithm().inputs() + Winograd.ONE;
  }

  private void multiply(MemorySegment memory, long in, long weight, long bias, long out) {
    for (int o = 0; o < outputs; o += tile.outputs()) {
      int first = Math.min(o, outputs - tile.outputs());
      product.run(
          memory,
          strides,
          in,
          weight + (isForward ? (long) first * Float.BYTES : first * weights.input()),
          bias + (isForward ? (long) first * Float.BYTES : 0),
          out + first * products.plane(),
          1);
    }
  }
}
