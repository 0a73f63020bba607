package dev.crema.engine.kernel;

import dev.crema.engine.Volume;

/**
 * How Winograd's tiles cover a volume: in strips, each of some rows of tiles. The last strip may
 * overlap the one before it, so that all are alike.
 *
 * @param rows rows of tiles in a strip
 * @param columns tiles of a row
 * @param allRows rows of tiles in all
 * @param blocks blocks of images whose strips lie side by side, to be multiplied together
 */
record TileGrid(Winograd algorithm, int rows, int columns, int allRows, int blocks) {
  /** Covers these results, a block at a time. */
  static TileGrid of(Winograd algorithm, Volume results, int rows) {
    int m = algorithm.outputs();
    return new TileGrid(
        algorithm, rows, Math.ceilDiv(results.width(), m), Math.ceilDiv(results.height(), m), 1);
  }

  /** The same for so many blocks side by side. */
  TileGrid over(int blocks) {
    return new TileGrid(algorithm, rows, columns, allRows, blocks);
  }

  int strips() {
    return Math.ceilDiv(allRows, rows);
  }

  /** The first row of tiles of a strip. */
  int first(int strip) {
    return Math.min(strip * rows, allRows - rows);
  }

  /** Tiles of a block's strip. */
  int tiles() {
    return rows * columns;
  }

  /** Places in a tile: as many products of matrices. */
  int places() {
    return algorithm.inputs() * algorithm.inputs();
  }

  /** One place of the tiles of all blocks' strips, for so many channels. */
  Volume strip(int channels) {
    return new Volume(channels, blocks * rows, columns, 0, 1);
  }

  /** Offset of a block's strip. */
  long block(int block) {
    return (long) block * tiles() * Vectors.BYTES;
  }

  /** Bytes from one place's volume to the next one's: an odd number of vectors, for the caches. */
  long place(Volume strip) {
    return strip.bytes() | Vectors.BYTES;
  }

  /**
   * How a transform goes down the columns of a row of tiles, from their places to {@code [result]
   * [column of the tile][tile]}.
   */
  TransformKernel.Strides down(Volume strip) {
    int t = algorithm.inputs();
    long line = (long) columns * Vectors.BYTES;
    return new TransformKernel.Strides(
        t, columns, t * place(strip), Vectors.BYTES, place(strip), t * line, Vectors.BYTES, line);
  }

  /** Bytes of all places. */
  long bytes(Volume strip) {
    return places() * place(strip);
  }
}
