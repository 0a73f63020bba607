package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A dense layer's pass over a block of one vector of images, with the results' channels in the
 * lanes: {@code y[n, o...] = sum of x[i, n] * w[i, o...]}, which is then transposed.
 *
 * <p>With images in the lanes a single cell needs a number of the weights for each multiply-add,
 * and a processor that takes three vectors of AVX-512 in two cycles, loaded or summed, comes to
 * three quarters of its peak at most. Here a vector of weights serves several images, and a number
 * of an image several vectors. Each sum has the same order as there, and so the same bits.
 */
public final class TransposedPass implements DataPass.OfBlock {
  /** The least sums that are worth the transposition of the results. */
  private static final int MIN_SUMS = 32;

  /** The least useful share of the results' vectors: images in the lanes reach three quarters. */
  private static final double MIN_USEFUL = 0.8;

  /** The fewest blocks that are worth the transposition of the weights. */
  private static final int MIN_BLOCKS = 3;

  private final boolean isForward;
  private final Volume to;
  private final int vectors;
  private final RowTile tile;
  private final RowKernel kernel;
  private final RowKernel.Strides strides;
  private final long row;
  private final TransposeKernel transpose;
  private final TransposeKernel.Strides squares;
  private final TransposeKernel.Strides square;
  private final Optional<WeightTransform> transform;

  private TransposedPass(Library library, Convolution spec, boolean isForward) {
    this.isForward = isForward;
    Volume from = isForward ? spec.in() : spec.outGradient();
    to = isForward ? spec.out() : spec.inGradient();
    vectors = Math.ceilDiv(to.channels(), Vectors.LANES);
    row = (long) vectors * Vectors.BYTES;
    tile = RowTile.best(Vectors.LANES, vectors);
    kernel = library.loop(RowKernel.Form.product(tile, false));
    strides =
        RowKernel.Strides.product(
            from.channels(), tile, vectors, row, from.plane(), Float.BYTES, row);
    transpose = library.loop(new TransposeKernel.Form(Vectors.LANES));
    long wide = to.plane() * Vectors.LANES;
    int whole = to.channels() / Vectors.LANES;
    squares = new TransposeKernel.Strides(whole, row, to.plane(), Vectors.BYTES, wide);
    square = new TransposeKernel.Strides(1, row, Vectors.BYTES, 0, 0);
    transform = isForward ? Optional.empty() : Optional.of(new Turned(library, spec));
  }

  /** The pass from the input to the output, if it is one that this suits. */
  public static Optional<DataPass> forward(Library library, Convolution spec) {
    return suits(spec, spec.in(), spec.out())
        ? Optional.of(new TransposedPass(library, spec, true))
        : Optional.empty();
  }

  /**
   * The pass from the gradient of the output to that of the input, if it is one that this suits.
   *
   * @param blocks blocks of a full batch
   */
  public static Optional<DataPass> backward(Library library, Convolution spec, int blocks) {
    return blocks >= MIN_BLOCKS && suits(spec, spec.outGradient(), spec.inGradient())
        ? Optional.of(new TransposedPass(library, spec, false))
        : Optional.empty();
  }

  private static boolean suits(Convolution spec, Volume from, Volume to) {
    return spec.window().kernel() == 1
        && spec.groups() == 1
        && from.isFlat()
        && to.isFlat()
        && to.vectors() == 1
        && from.channels() >= MIN_SUMS
        && to.channels() >= MIN_USEFUL * Lanes.roundUp(to.channels());
  }

  @Override
  public boolean adds() {
    return false;
  }

  @Override
  public Optional<WeightTransform> weightTransform() {
    return transform;
  }

  /** Results with channels in the lanes, and a square. */
  @Override
  public long scratchBytes() {
    return (row + Vectors.BYTES) * Vectors.LANES;
  }

  @Override
  public void run(MemorySegment memory, long from, long weight, long bias, long scratch, long out) {
    for (int n = 0; n < Vectors.LANES; n += tile.outputs()) {
      int first = Math.min(n, Vectors.LANES - tile.outputs());
      long images = from + (long) first * Float.BYTES;
      kernel.run(memory, strides, weight, images, bias, scratch + first * row, 1);
    }
    for (int n = 0; isForward && n < Vectors.LANES; n++) {
      long image = scratch + n * row;
      MapLoops.add(memory, image, bias, image, vectors);
    }
    transpose.run(memory, squares, scratch, out);
    int whole = squares.squares();
    if (whole < vectors) {
      long turned = scratch + row * Vectors.LANES;
      transpose.run(memory, square, scratch + (long) whole * Vectors.BYTES, turned);
      int done = whole * Vectors.LANES;
      MapLoops.copy(memory, turned, out + done * to.plane(), to.channels() - done);
    }
  }

  /** Weights with inputs in the lanes: {@code [output][inputs]}. */
  private static final class Turned implements WeightTransform {
    private final int inputs;
    private final int rows;
    private final int vectors;
    private final long fromRow;
    private final long toRow;
    private final TransposeKernel whole;
    private final TransposeKernel rest;
    private final TransposeKernel.Strides strides;

    Turned(Library library, Convolution spec) {
      inputs = spec.in().channels();
      rows = spec.paddedOutputs();
      vectors = Math.ceilDiv(inputs, Vectors.LANES);
      fromRow = (long) rows * Float.BYTES;
      toRow = (long) vectors * Vectors.BYTES;
      int left = inputs % Vectors.LANES;
      whole = library.loop(new TransposeKernel.Form(Vectors.LANES));
      rest = left == 0 ? whole : library.loop(new TransposeKernel.Form(left));
      strides =
          new TransposeKernel.Strides(
              rows / Vectors.LANES, fromRow, toRow, Vectors.BYTES, toRow * Vectors.LANES);
    }

    @Override
    public long bytes() {
      return rows * toRow;
    }

    @Override
    public long scratchBytes() {
      return 0;
    }

    @Override
    public int tiles() {
      return vectors;
    }

    @Override
    public void run(MemorySegment memory, int tile, long weight, long scratch, long turned) {
      long first = (long) tile * Vectors.LANES;
      TransposeKernel kernel = first + Vectors.LANES <= inputs ? whole : rest;
      kernel.run(memory, strides, weight + first * fromRow, turned + (long) tile * Vectors.BYTES);
    }
  }
}
