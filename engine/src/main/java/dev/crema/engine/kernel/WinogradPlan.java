package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Volume;
import dev.crema.engine.WeightPass;
import dev.crema.engine.Window;
import dev.crema.engine.kernel.WinogradPass.Parts;
import java.util.Optional;
import java.util.function.Function;
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
  private static final double WORTH = 0.85;

  /** More weights than these come from beyond the second-level cache whenever they are read. */
  private static final long NEAR_BYTES = 1 << 20;

  /** What a vector of them costs, in multiply-adds, where all threads read them. */
  private static final double FAR = 12;

  private WinogradPlan() {}

  /** Tiles, and what a pass costs with them. */
  private record Choice(TileGrid grid, double cost) {}

  /**
   * The pass from the input to the output, where the algorithm saves time.
   *
   * @param blocks blocks of a full batch
   * @param rectifies whether negative outputs become 0
   */
  public static Optional<DataPass> forward(
      Library library, Convolution spec, int blocks, boolean rectifies) {
    if (!isPossible(library, spec)) {
      return Optional.empty();
    }
    int inputs = spec.in().channels();
    int outputs = spec.out().channels();
    double row = RowTile.best(outputs, spec.out().width()).cost() * spec.window().kernel();
    double direct = row * inputs * tapRows(spec) + directReads(spec);
    return data(spec, spec.out(), inputs, outputs, direct)
        .map(choice ->
            pass(spec, choice, blocks, grid -> Parts.forward(library, spec, grid, rectifies)));
  }

  /** The pass from the gradient of the output to that of the input, where it saves time. */
  public static Optional<DataPass> backward(Library library, Convolution spec, int blocks) {
    if (!isPossible(library, spec)) {
      return Optional.empty();
    }
    int inputs = spec.out().channels();
    int outputs = spec.in().channels();
    double direct = backwardRow(spec) * inputs * tapRows(spec) + directReads(spec);
    Optional<Choice> turned =
        spec.window().stride() == 1
            ? data(spec, spec.in(), inputs, outputs, direct)
            : Optional.empty();
    Optional<Choice> transposed =
        cheapest(
            spec.window(),
            spec.out(),
            inputs,
            outputs,
            turned.map(Choice::cost).orElse(WORTH * direct),
            DATA_TIMES,
            grid -> isDisjoint(grid) ? transposedCost(grid, inputs, outputs) : Double.MAX_VALUE);
    return transposed.isPresent()
        ? transposed.map(
            choice -> pass(spec, choice, blocks, grid -> Parts.transposed(library, spec, grid)))
        : turned.map(
            choice -> pass(spec, choice, blocks, grid -> Parts.turned(library, spec, grid)));
  }

  private static DataPass pass(
      Convolution spec, Choice choice, int blocks, Function<TileGrid, Parts> parts) {
    TileGrid grid = choice.grid();
    return isOfBatch(grid, spec.in().channels(), spec.out().channels(), DATA_TIMES)
        ? new WinogradPass.OfBatch(parts.apply(grid.over(blocks)))
        : new WinogradPass.OfBlock(parts.apply(grid));
  }

  /** The gradient of the weights, where it saves time. */
  public static Optional<WeightPass> weights(Library library, Convolution spec, int blocks) {
    if (!isPossible(library, spec)) {
      return Optional.empty();
    }
    if (spec.window().kernel() == 1) {
      return cellWeights(library, spec, blocks);
    }
    int inputs = spec.in().channels();
    int outputs = spec.paddedOutputs();
    double row = (double) spec.window().kernel() * spec.out().width();
    double direct = row * inputs * outputs * tapRows(spec);
    return cheapest(
            spec.window(),
            spec.out(),
            inputs,
            outputs,
            WORTH * direct,
            SUMS_TIMES,
            grid -> isDisjoint(grid) ? weightCost(grid, inputs, outputs) : Double.MAX_VALUE)
        .map(Choice::grid)
        .map(grid ->
            isOfBatch(grid, inputs, outputs, SUMS_TIMES)
                ? new WinogradWeightPass.OfBatch(library, spec, grid.over(blocks))
                : new WinogradWeightPass.OfBlock(library, spec, grid));
  }

  /**
   * A 1 x 1 kernel has nothing to save but the sums of each block, where they outweigh its numbers:
   * they would be cleared, read, written and read again.
   */
  private static Optional<WeightPass> cellWeights(Library library, Convolution spec, int blocks) {
    Winograd cells = Winograd.ofCells(spec.window().stride());
    TileGrid grid = TileGrid.of(cells, spec.out(), spec.out().height());
    return isOfBatch(grid, spec.in().channels(), spec.paddedOutputs(), SUMS_TIMES)
        ? Optional.of(new WinogradWeightPass.OfBatch(library, spec, grid.over(blocks)))
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

  /** Whether no strips overlap: what they had in common would count twice in sums. */
  private static boolean isDisjoint(TileGrid grid) {
    return grid.allRows() % grid.rows() == 0;
  }

  /** The padding of the convolution that leads back from stride 1. */
  static int backwardPadding(Convolution spec) {
    return spec.window().kernel() - 1 - spec.window().padding();
  }

  /** No tile may lie beside the images as a whole. */
  private static boolean isPossible(Library library, Convolution spec) {
    return library.convolving() == Convolving.FASTEST
        && spec.groups() == 1
        && spec.window().padding() < spec.window().kernel();
  }

  /** The cheapest tiles of a convolution's results. */
  private static Optional<Choice> data(
      Convolution spec, Volume results, int inputs, int outputs, double direct) {
    return cheapest(
        spec.window(),
        results,
        inputs,
        outputs,
        WORTH * direct,
        DATA_TIMES,
        grid -> dataCost(grid, inputs, outputs));
  }

  /** The cheapest tiles that cost less than {@code most}. */
  private static Optional<Choice> cheapest(
      Window window,
      Volume results,
      int inputs,
      int outputs,
      double most,
      int times,
      ToDoubleFunction<TileGrid> cost) {
    double best = most;
    Optional<Choice> choice = Optional.empty();
    for (Winograd algorithm : Winograd.of(window)) {
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
  private static int tapRows(Convolution spec) {
    int taps = 0;
    for (int y = 0; y < spec.out().height(); y++) {
      taps += spec.window().rows(y, spec.in().height());
    }
    return taps;
  }

  /** What a row of the direct way back costs, for each output and row of taps. */
  private static double backwardRow(Convolution spec) {
    double cost = 0;
    for (int residue = 0; residue < spec.window().stride(); residue++) {
      Convolution.Phase phase = Convolution.Phase.of(spec.window(), residue, spec.in().width());
      cost += RowTile.best(spec.in().channels(), phase.places()).cost() * phase.taps();
    }
    return cost;
  }

  private static double dataCost(TileGrid grid, int inputs, int outputs) {
    double in = inputCost(grid.algorithm()) * inputs;
    double out = outputCost(grid.algorithm()) * outputs;
    return grid.strips() * (productCost(grid, inputs, outputs) + (in + out) * grid.tiles());
  }

  private static double transposedCost(TileGrid grid, int inputs, int outputs) {
    double in = gradientCost(grid.algorithm()) * inputs;
    double out = sumCost(grid.algorithm()) * outputs;
    return grid.strips() * (productCost(grid, inputs, outputs) + (in + out) * grid.tiles());
  }

  private static double productCost(TileGrid grid, int inputs, int outputs) {
    // Many blocks together fill whole tiles of the kernel.
    int blocks = isOfBatch(grid, inputs, outputs, DATA_TIMES) ? BLOCKS : 1;
    double row = RowTile.best(outputs, blocks * grid.tiles()).cost();
    return (row * inputs * grid.places() + reads(grid.places(), inputs, outputs)) / blocks;
  }

  /** What it costs that direct ways read all weights for every row. */
  private static double directReads(Convolution spec) {
    int taps = spec.window().kernel() * spec.window().kernel();
    return spec.out().height() * reads(taps, spec.in().channels(), spec.out().channels());
  }

  /** What it costs to read so many weights for each input and output. */
  private static double reads(int weights, int inputs, int outputs) {
    double vectors = (double) weights * inputs * outputs / Vectors.LANES;
    return vectors * Vectors.BYTES > NEAR_BYTES ? FAR * vectors : 0;
  }

  private static double weightCost(TileGrid grid, int inputs, int outputs) {
    double product = (double) grid.tiles() * grid.places() * inputs * outputs;
    double sums =
        isOfBatch(grid, inputs, outputs, SUMS_TIMES)
            ? 0
            : (LOAD + STORE) * grid.places() * inputs * outputs / Vectors.LANES;
    double in = inputCost(grid.algorithm()) * inputs;
    double out = gradientCost(grid.algorithm()) * outputs;
    return grid.strips() * (product + sums + (in + out) * grid.tiles());
  }

  // What it costs to transform a tile. The columns that tiles have in common are transformed once.

  private static double inputCost(Winograd algorithm) {
    int t = algorithm.inputs();
    return (algorithm.step() + t) * line(t, algorithm.inputProducts(), t);
  }

  private static double outputCost(Winograd algorithm) {
    int t = algorithm.inputs();
    int m = algorithm.outputs();
    return (t + m) * line(t, t * m, m);
  }

  private static double gradientCost(Winograd algorithm) {
    int t = algorithm.inputs();
    int m = algorithm.outputs();
    return (m + t) * line(m, m * t, t);
  }

  /** The second half adds to what is there, and the sums are copied to where they belong. */
  private static double sumCost(Winograd algorithm) {
    int t = algorithm.inputs();
    int step = algorithm.step();
    return 2 * t * line(t, algorithm.inputProducts(), t)
        + LOAD * t * t
        + (LOAD + STORE) * step * step;
  }

  /** The cost of a line: from so many numbers by so many multiply-adds to so many. */
  private static double line(int from, int products, int to) {
    return LOAD * from + ADD * products + STORE * to;
  }
}
