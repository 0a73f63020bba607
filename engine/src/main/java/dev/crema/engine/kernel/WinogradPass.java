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
  /** What lies between the transforms of a strip should stay in the second-level cache or near. */
  private static final long STRIP_BYTES = 2 << 20;

  // Costs of the transforms in multiply-adds of vectors, as they were measured.
  private static final double LOAD = 1;
  private static final double ADD = 0.7;
  private static final double STORE = 2;

  /** It must promise to save as much, for its costs are less certain. */
  private static final double WORTH = 0.85;

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
    return plan(spec, spec.in(), spec.out(), spec.window().padding())
        .map(grid -> forward(library, spec, grid));
  }

  /** The pass from the input to the output in these tiles. */
  static WinogradPass forward(Library library, Convolution spec, TileGrid grid) {
    return new WinogradPass(library, spec, grid, true);
  }

  /** The pass from the gradient of the output to that of the input, where it saves time. */
  public static Optional<WinogradPass> backward(Library library, Convolution spec) {
    return plan(spec, spec.outGradient(), spec.inGradient(), backwardPadding(spec))
        .map(grid -> backward(library, spec, grid));
  }

  /** The pass from the gradient of the output to that of the input in these tiles. */
  static WinogradPass backward(Library library, Convolution spec, TileGrid grid) {
    return new WinogradPass(library, spec, grid, false);
  }

  private static int backwardPadding(Convolution spec) {
    return spec.window().kernel() - 1 - spec.window().padding();
  }

  private static Optional<TileGrid> plan(Convolution spec, Volume from, Volume to, int padding) {
    int k = spec.window().kernel();
    if (k < 3 || spec.window().stride() != 1 || spec.groups() != 1 || padding < 0) {
      return Optional.empty();
    }
    double best = WORTH * directCost(k, from, to, padding);
    Optional<TileGrid> grid = Optional.empty();
    for (int m = 2; m + k - 1 <= Winograd.MAX_INPUTS; m++) {
      Winograd algorithm = new Winograd(m, k);
      int allRows = Math.ceilDiv(to.height(), m);
      for (int strips = 1; strips <= allRows; strips++) {
        TileGrid each = TileGrid.of(algorithm, to, Math.ceilDiv(allRows, strips));
        long bytes =
            each.bytes(each.strip(from.channels())) + each.bytes(each.strip(to.channels()));
        double cost = cost(each, from.channels(), to.channels());
        if (cost < best && (bytes <= STRIP_BYTES || each.rows() == 1)) {
          best = cost;
          grid = Optional.of(each);
        }
      }
    }
    return grid;
  }

  private static double directCost(int k, Volume from, Volume to, int padding) {
    double row = RowTile.best(to.channels(), to.width()).cost();
    int taps = 0;
    for (int y = 0; y < to.height(); y++) {
      taps += Math.min(from.height(), y - padding + k) - Math.max(0, y - padding);
    }
    return row * from.channels() * k * taps;
  }

  private static double cost(TileGrid grid, int inputs, int outputs) {
    int t = grid.algorithm().inputs();
    int m = grid.algorithm().outputs();
    double product = RowTile.best(outputs, grid.tiles()).cost() * inputs * grid.places();
    double in = (t + m) * (LOAD * t + ADD * t * t + STORE * t) * inputs * grid.tiles();
    double out = (t + m) * (LOAD * t + ADD * t * m + STORE * m) * outputs * grid.tiles();
    return grid.strips() * (product + in + out);
  }

  private WinogradPass(Library library, Convolution spec, TileGrid grid, boolean isForward) {
    this.grid = grid;
    this.isForward = isForward;
    Volume from = isForward ? spec.in() : spec.outGradient();
    Volume to = isForward ? spec.out() : spec.inGradient();
    int padding = isForward ? spec.window().padding() : backwardPadding(spec);
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
