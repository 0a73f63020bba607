package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Volume;
import java.util.Optional;

/**
 * Whether Winograd's algorithm pays for a convolution, and in which tiles: a matter of the sizes
 * alone, so that the same network has the same bits everywhere.
 *
 * <p>Costs count multiply-adds of vectors for a block of images.
 */
final class WinogradPlan {
  /** What lies between the transforms of a strip should stay in the second-level cache or near. */
  private static final long STRIP_BYTES = 2 << 20;

  // What a vector costs the transforms, in multiply-adds, as it was measured.
  private static final double LOAD = 1;
  private static final double ADD = 0.7;
  private static final double STORE = 2;

  /** It must promise to save as much, for its costs are less certain. */
  private static final double WORTH = 0.7;

  private WinogradPlan() {}

  static Optional<TileGrid> forward(Library library, Convolution spec) {
    return data(library, spec, spec.in(), spec.out(), spec.window().padding());
  }

  static Optional<TileGrid> backward(Library library, Convolution spec) {
    return data(library, spec, spec.outGradient(), spec.inGradient(), backwardPadding(spec));
  }

  /** The padding of the convolution that leads back. */
  static int backwardPadding(Convolution spec) {
    return spec.window().kernel() - 1 - spec.window().padding();
  }

  private static boolean isPossible(Library library, Convolution spec) {
    return library.convolving() == Convolving.FASTEST
        && spec.window().kernel() >= 3
        && spec.window().stride() == 1
        && spec.groups() == 1
        && backwardPadding(spec) >= 0;
  }

  private static Optional<TileGrid> data(
      Library library, Convolution spec, Volume from, Volume to, int padding) {
    if (!isPossible(library, spec)) {
      return Optional.empty();
    }
    int k = spec.window().kernel();
    double taps = (double) k * tapRows(k, from, to, padding);
    double best = WORTH * RowTile.best(to.channels(), to.width()).cost() * from.channels() * taps;
    Optional<TileGrid> grid = Optional.empty();
    for (int m = 2; m + k - 1 <= Winograd.MAX_INPUTS; m++) {
      int allRows = Math.ceilDiv(to.height(), m);
      for (int rows = allRows; rows >= 1; rows--) {
        TileGrid each = TileGrid.of(new Winograd(m, k), to, rows);
        long bytes =
            each.bytes(each.strip(from.channels())) + each.bytes(each.strip(to.channels()));
        double cost = cost(each, from.channels(), to.channels());
        if (cost < best && (bytes <= STRIP_BYTES || rows == 1)) {
          best = cost;
          grid = Optional.of(each);
        }
      }
    }
    return grid;
  }

  static Optional<TileGrid> weights(Library library, Convolution spec) {
    if (!isPossible(library, spec)) {
      return Optional.empty();
    }
    int k = spec.window().kernel();
    int inputs = spec.in().channels();
    int outputs = spec.paddedOutputs();
    double taps =
        (double) k
            * tapRows(k, spec.in(), spec.out(), spec.window().padding())
            * spec.out().width();
    double best = WORTH * taps * inputs * outputs;
    Optional<TileGrid> grid = Optional.empty();
    for (int m = 2; m + k - 1 <= Winograd.MAX_INPUTS; m++) {
      int allRows = Math.ceilDiv(spec.out().height(), m);
      for (int rows = allRows; rows >= 1; rows--) {
        if (allRows % rows != 0) {
          continue; // what strips have in common would count twice
        }
        TileGrid each = TileGrid.of(new Winograd(m, k), spec.out(), rows);
        long bytes = each.bytes(each.strip(inputs)) + each.bytes(each.strip(outputs));
        double sums = (double) each.strips() * each.places() * inputs * outputs / Vectors.LANES;
        double tiles = (double) each.strips() * each.tiles();
        double cost =
            tiles * each.places() * inputs * outputs
                + sums * (LOAD + STORE)
                + tiles
                    * transform(
                        each.algorithm(), each.algorithm().inputs(), each.algorithm().inputs())
                    * inputs
                + tiles * transform(each.algorithm(), m, each.algorithm().inputs()) * outputs;
        if (cost < best && (bytes <= STRIP_BYTES || rows == 1)) {
          best = cost;
          grid = Optional.of(each);
        }
      }
    }
    return grid;
  }

  /** Rows of kernels that lie inside the input, summed over the rows of the output. */
  private static int tapRows(int k, Volume from, Volume to, int padding) {
    int taps = 0;
    for (int y = 0; y < to.height(); y++) {
      taps += Math.min(from.height(), y - padding + k) - Math.max(0, y - padding);
    }
    return taps;
  }

  private static double cost(TileGrid grid, int inputs, int outputs) {
    int t = grid.algorithm().inputs();
    double product = RowTile.best(outputs, grid.tiles()).cost() * inputs * grid.places();
    double in = transform(grid.algorithm(), t, t) * inputs * grid.tiles();
    double out =
        transform(grid.algorithm(), t, grid.algorithm().outputs()) * outputs * grid.tiles();
    return grid.strips() * (product + in + out);
  }

  /** The cost of bringing a tile from so many numbers along a side to so many. */
  private static double transform(Winograd algorithm, int from, int to) {
    int lines = algorithm.inputs() + algorithm.outputs();
    return lines * (LOAD * from + ADD * from * to + STORE * to);
  }
}
