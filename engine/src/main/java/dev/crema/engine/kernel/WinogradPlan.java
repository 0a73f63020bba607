package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Volume;
import dev.crema.engine.WeightPass;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Whether Winograd's algorithm pays for a convolution, and in which tiles: a matter of the sizes
 * alone, so that the same network has the same bits everywhere.
 *
 * <p>Costs count multiply-adds of vectors for a block of images.
 */
public final class WinogradPlan {
  /** What lies between the transforms of a strip should stay in the second-level cache or near. */
  private static final long STRIP_BYTES = 2 << 20;

  // What a vector costs the transforms, in multiply-adds, as it was measured.
  private static final double LOAD = 1;
  private static final double ADD = 0.7;
  private static final double STORE = 2;

  /** Data: they are read once for each block, or once for all. */
  private static final int DATA_TIMES = 4;

  /** Sums: they are read and written for each block. */
  private static final int SUMS_TIMES = 1;

  /** About so many blocks are computed together, if they are. */
  private static final int BLOCKS = 8;

  /** Its costs may come to this part of direct ones, not more, for they are less certain. */
  private static final double WORTH = 0.75;

  private WinogradPlan() {}

  /**
   * The pass from the input to the output, where the algorithm saves time.
   *
   * @param blocks blocks of a full batch
   */
  public static Optional<DataPass> forward(Library library, Convolution spec, int blocks) {
    return isPossible(library, spec)
        ? data(spec.window().kernel(), spec.in(), spec.out(), spec.window().padding())
            .map(choice -> pass(library, spec, choice.grid(), blocks, true))
        : Optional.empty();
  }

  /** The pass from the gradient of the output to that of the input, where it saves time. */
  public static Optional<DataPass> backward(Library library, Convolution spec, int blocks) {
    if (!isPossible(library, spec)) {
      return Optional.empty();
    }
    Optional<Choice> turned =
        data(spec.window().kernel(), spec.outGradient(), spec.inGradient(), backwardPadding(spec));
    Optional<TileGrid> transposed =
        transposed(spec)
            .filter(choice -> turned.isEmpty() || choice.cost() < turned.get().cost())
            .map(Choice::grid);
    return transposed.isPresent()
        ? Optional.of(new TransposedWinogradPass(library, spec, transposed.get()))
        : turned.map(choice -> pass(library, spec, choice.grid(), blocks, false));
  }

  private static DataPass pass(
      Library library, Convolution spec, TileGrid grid, int blocks, boolean isForward) {
    return isOfBatch(grid, spec.in().channels(), spec.out().channels(), DATA_TIMES)
        ? new WinogradPass.OfBatch(library, spec, grid.over(blocks), isForward)
        : new WinogradPass.OfBlock(library, spec, grid, isForward);
  }

  /** The gradient of the weights, where it saves time. */
  public static Optional<WeightPass> weights(Library library, Convolution spec, int blocks) {
    return isPossible(library, spec)
        ? weights(spec)
            .map(Choice::grid)
            .map(grid ->
                isOfBatch(grid, spec.in().channels(), spec.paddedOutputs(), SUMS_TIMES)
                    ? new WinogradWeightPass.OfBatch(library, spec, grid.over(blocks))
                    : new WinogradWeightPass.OfBlock(library, spec, grid))
        : Optional.empty();
  }

  /**
   * Whether the transformed weights, or their sums, outweigh what lies between the transforms of a
   * block so many times.
   */
  private static boolean isOfBatch(TileGrid grid, int inputs, int outputs, int times) {
    long weights = (long) grid.places() * inputs * outputs * Float.BYTES;
    return grid.strips() == 1 && weights > times * bytes(grid, inputs, outputs);
  }

  private static long bytes(TileGrid grid, int inputs, int outputs) {
    return grid.bytes(grid.strip(inputs)) + grid.bytes(grid.strip(outputs));
  }

  /** The padding of the convolution that leads back. */
  static int backwardPadding(Convolution spec) {
    return spec.window().kernel() - 1 - spec.window().padding();
  }

  private static boolean isPossible(Library library, Convolution spec) {
    return library.convolving() == Convolving.FASTEST
        && spec.window().stride() == 1
        && spec.groups() == 1
        && backwardPadding(spec) >= 0;
  }

  /** Tiles, and what a pass costs with them. */
  private record Choice(TileGrid grid, double cost) {}

  private static Optional<Choice> data(int k, Volume from, Volume to, int padding) {
    return cheapest(
        k,
        to,
        from.channels(),
        to.channels(),
        direct(k, from, to, padding),
        DATA_TIMES,
        grid -> dataCost(grid, from.channels(), to.channels()));
  }

  /** What the direct pass costs. */
  private static double direct(int k, Volume from, Volume to, int padding) {
    double taps = (double) k * tapRows(k, from, to, padding);
    return RowTile.best(to.channels(), to.width()).cost() * from.channels() * taps;
  }

  /** The transposed pass: all rows of tiles at once, for they overlap in what they make. */
  private static Optional<Choice> transposed(Convolution spec) {
    Volume from = spec.outGradient();
    Volume to = spec.inGradient();
    int k = spec.window().kernel();
    return cheapest(
        k,
        from,
        from.channels(),
        to.channels(),
        direct(k, from, to, backwardPadding(spec)),
        DATA_TIMES,
        grid ->
            grid.strips() == 1 && !isOfBatch(grid, from.channels(), to.channels(), DATA_TIMES)
                ? transposedCost(grid, from.channels(), to.channels())
                : Double.MAX_VALUE);
  }

  private static Optional<Choice> weights(Convolution spec) {
    int k = spec.window().kernel();
    int inputs = spec.in().channels();
    int outputs = spec.paddedOutputs();
    double rows = tapRows(k, spec.in(), spec.out(), spec.window().padding());
    double direct = rows * k * spec.out().width() * inputs * outputs;
    return cheapest(
        k,
        spec.out(),
        inputs,
        outputs,
        direct,
        SUMS_TIMES,
        grid ->
            // What strips have in common would count twice.
            grid.allRows() % grid.rows() == 0
                ? weightCost(grid, inputs, outputs)
                : Double.MAX_VALUE);
  }

  private static Optional<Choice> cheapest(
      int k,
      Volume results,
      int inputs,
      int outputs,
      double direct,
      int times,
      ToDoubleFunction<TileGrid> cost) {
    double best = WORTH * direct;
    Optional<Choice> choice = Optional.empty();
    for (Winograd algorithm : Winograd.of(k)) {
      int allRows = Math.ceilDiv(results.height(), algorithm.outputs());
      for (int rows = allRows; rows >= 1; rows--) {
        TileGrid each = TileGrid.of(algorithm, results, rows);
        boolean fits =
            rows == 1
                || bytes(each, inputs, outputs) <= STRIP_BYTES
                || isOfBatch(each, inputs, outputs, times);
        double one = cost.applyAsDouble(each);
        if (fits && one < best) {
          best = one;
          choice = Optional.of(new Choice(each, one));
        }
      }
    }
    return choice;
  }

  /** Rows of kernels that lie inside the input, summed over the rows of the output. */
  private static int tapRows(int k, Volume from, Volume to, int padding) {
    int taps = 0;
    for (int y = 0; y < to.height(); y++) {
      taps += Math.min(from.height(), y - padding + k) - Math.max(0, y - padding);
    }
    return taps;
  }

  private static double dataCost(TileGrid grid, int inputs, int outputs) {
    int t = grid.algorithm().inputs();
    // Many blocks together fill whole tiles of the kernel.
    int blocks = isOfBatch(grid, inputs, outputs, DATA_TIMES) ? BLOCKS : 1;
    double product = productCost(grid, inputs, outputs, blocks);
    double in = transform(grid.algorithm(), t, t) * inputs * grid.tiles();
    double out =
        transform(grid.algorithm(), t, grid.algorithm().outputs()) * outputs * grid.tiles();
    return grid.strips() * (product + in + out);
  }

  private static double productCost(TileGrid grid, int inputs, int outputs, int blocks) {
    double row = RowTile.best(outputs, blocks * grid.tiles()).cost();
    return row / blocks * inputs * grid.places();
  }

  private static double transposedCost(TileGrid grid, int inputs, int outputs) {
    int t = grid.algorithm().inputs();
    int m = grid.algorithm().outputs();
    double in = (t + m) * line(m, t);
    // Its second half adds to what is there, and the sums are copied to where they belong.
    double out = 2 * t * line(t, t) + LOAD * t * t + (LOAD + STORE) * m * m;
    return productCost(grid, inputs, outputs, 1) + (in * inputs + out * outputs) * grid.tiles();
  }

  private static double weightCost(TileGrid grid, int inputs, int outputs) {
    int t = grid.algorithm().inputs();
    double product = (double) grid.tiles() * grid.places() * inputs * outputs;
    double sums =
        isOfBatch(grid, inputs, outputs, SUMS_TIMES)
            ? 0
            : (LOAD + STORE) * grid.places() * inputs * outputs / Vectors.LANES;
    double in = transform(grid.algorithm(), t, t) * inputs * grid.tiles();
    double out =
        transform(grid.algorithm(), grid.algorithm().outputs(), t) * outputs * grid.tiles();
    return grid.strips() * (product + sums + in + out);
  }

  /** The cost of bringing a tile from so many numbers along a side to so many. */
  private static double transform(Winograd algorithm, int from, int to) {
    return (algorithm.inputs() + algorithm.outputs()) * line(from, to);
  }

  /** The cost of one line of it. */
  private static double line(int from, int to) {
    return LOAD * from + ADD * from * to + STORE * to;
  }
}
