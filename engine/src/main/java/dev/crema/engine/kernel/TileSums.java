package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/**
 * Brings products back from Winograd's domain to the inputs that the tiles were made of: {@code B'
 * p B} for every tile, added up where tiles overlap. All rows of tiles are one strip.
 */
final class TileSums {
  private final TileGrid grid;
  private final Volume to;
  private final int padding;
  private final Volume products;

  /** What the tiles of a channel cover, which is more than its cells. */
  private final Volume covered;

  private final TransformKernel kernel;
  private final TransformKernel adding;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides across;

  /**
   * Plans the loops.
   *
   * @param padding cells that the tiles cover before the volume's rows and columns
   */
  TileSums(Library library, TileGrid grid, Volume to, int padding) {
    this.grid = grid;
    this.to = to;
    this.padding = padding;
    Winograd algorithm = grid.algorithm();
    int t = algorithm.inputs();
    int m = algorithm.outputs();
    products = grid.strip(to.channels());
    covered = new Volume(1, (grid.rows() - 1) * m + t, (grid.columns() - 1) * m + t, 0, 1);
    Matrix matrix = algorithm.fromInputs().transposed();
    kernel = library.transform(new TransformKernel.Form(matrix));
    adding = library.transform(new TransformKernel.Form(matrix, true));
    long line = (long) grid.columns() * Vectors.BYTES;
    down = grid.down(products);
    across =
        new TransformKernel.Strides(
            t,
            grid.columns(),
            line,
            Vectors.BYTES,
            t * line,
            Vectors.BYTES,
            (long) m * Vectors.BYTES,
            covered.row());
  }

  /** Bytes of the products. */
  long bytes() {
    return grid.bytes(products);
  }

  private long halfBytes() {
    return (long) grid.places() * grid.columns() * Vectors.BYTES;
  }

  long scratchBytes() {
    return halfBytes() + covered.bytes();
  }

  /** Transforms the tiles of all channels. */
  void run(MemorySegment memory, long at, long scratch, long out) {
    long sums = scratch + halfBytes();
    for (int c = 0; c < to.channels(); c++) {
      MapLoops.fill(memory, sums, covered.cells(), 0f);
      for (int row = 0; row < grid.rows(); row++) {
        kernel.run(memory, down, at + products.at(c, row, 0), scratch);
        long first = sums + covered.at(0, row * grid.algorithm().outputs(), 0);
        adding.run(memory, across, scratch, first);
      }
      for (int y = 0; y < to.height(); y++) {
        long from = sums + covered.at(0, y + padding, padding);
        MapLoops.copy(memory, from, out + to.at(c, y, 0), to.width());
      }
    }
  }
}
