package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/** The products between Winograd's transforms: of two matrices for each place in a tile. */
final class TileProducts {
  private final TileGrid grid;
  private final boolean isForward;
  private final int outputs;
  private final WinogradWeights weights;
  private final Volume factors;
  private final Volume products;
  private final RowTile tile;
  private final RowKernel kernel;
  private final RowKernel.Strides strides;

  TileProducts(
      Library library,
      TileGrid grid,
      WinogradWeights weights,
      int inputs,
      int outputs,
      boolean isForward) {
    this.grid = grid;
    this.isForward = isForward;
    this.outputs = outputs;
    this.weights = weights;
    factors = grid.strip(inputs);
    products = grid.strip(outputs);
    int cells = factors.cells();
    tile = RowTile.best(outputs, cells);
    kernel = library.loop(RowKernel.Form.product(tile, isForward));
    strides =
        RowKernel.Strides.product(
            inputs,
            tile,
            cells,
            factors.plane(),
            isForward ? weights.input() : Float.BYTES,
            isForward ? Float.BYTES : weights.input(),
            products.plane());
  }

  private int placeTiles() {
    return Math.ceilDiv(outputs, tile.outputs());
  }

  /** Tiles of the products, place after place. */
  int tiles() {
    return grid.places() * placeTiles();
  }

  /** Computes a tile of the products. */
  void run(MemorySegment memory, int number, long in, long weight, long bias, long out) {
    int place = number / placeTiles();
    int first = Math.min(number % placeTiles() * tile.outputs(), outputs - tile.outputs());
    long output = (long) first * Float.BYTES;
    kernel.run(
        memory,
        strides,
        in + place * grid.place(factors),
        weight + place * weights.place() + (isForward ? output : first * weights.input()),
        isForward ? (isOne(place) ? bias : weight + weights.zeros()) + output : 0,
        out + place * grid.place(products) + first * products.plane(),
        1);
  }

  /**
   * What is added to the product at the point 1 of both directions, of the first filter there, is
   * added to every result.
   */
  private boolean isOne(int place) {
    return place == ToomCook.ONE * grid.algorithm().inputs() + ToomCook.ONE;
  }
}
