package dev.crema.engine.kernel;

/**
 * The size of a row kernel's tile.
 *
 * @param outputs output channels
 * @param cells cells of the row
 * @param cost of all tiles of a row, in multiply-adds of vectors for each input channel and tap
 */
record RowTile(int outputs, int cells, double cost) {
  // What a tile costs beyond its multiplications, to rank tiles as they were measured: 6 x 4, 4 x 5
  // and 3 x 7 are the fastest, and with more than 28 vectors (4 x 6, 3 x 8) sums spill to memory.
  private static final double LOAD_COST = 0.5;
  private static final int TILE_OVERHEAD = 2;
  private static final int MAX_VECTORS = Registers.ARE_FEW ? 15 : 28;

  private static final int[] OUTPUTS = {12, 8, 6, 4, 3, 2, 1};
  private static final int[] CELLS = {8, 7, 6, 5, 4, 3, 2, 1};

  /** Whether tiles of this size cover so many outputs and cells without an overlap. */
  boolean divides(int outputs, int cells) {
    return outputs % this.outputs == 0 && cells % this.cells == 0;
  }

  /** The cheapest tile for rows of so many cells. */
  static RowTile best(int outputs, int cells) {
    RowTile best = new RowTile(1, 1, Double.MAX_VALUE);
    for (int o : OUTPUTS) {
      for (int c : CELLS) {
        if (o > outputs || c > cells || o * c > Registers.SUMS || o * c + c > MAX_VECTORS) {
          continue;
        }
        double tile = o * c + LOAD_COST * (o + c) + TILE_OVERHEAD;
        double cost = Math.ceilDiv(outputs, o) * Math.ceilDiv(cells, c) * tile;
        if (cost < best.cost()) {
          best = new RowTile(o, c, cost);
        }
      }
    }
    return best;
  }
}
