package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A pass over data by Winograd's algorithm: tiles of images and weights are transformed, then
 * multiplied as matrices, one for each place in a tile, and the products are transformed back.
 *
 * <p>It needs two to four times fewer multiplications. Either block by block, and strip by strip,
 * so that what lies between stays in the cache; or all blocks together, so that weights need not.
 */
abstract sealed class WinogradPass {
  final TileGrid grid;
  final WinogradWeights weights;
  final TileInputs inputs;
  final TileProducts products;
  final TileResults results;

  /** What a pass is made of. */
  record Parts(
      TileGrid grid,
      WinogradWeights weights,
      TileInputs inputs,
      TileProducts products,
      TileResults results) {
    /**
     * The way forward.
     *
     * @param grid covers the output
     * @param rectifies whether negative outputs become 0
     */
    static Parts forward(Library library, Convolution spec, TileGrid grid, boolean rectifies) {
      WinogradWeights weights = new WinogradWeights(library, grid.algorithm(), spec, false);
      int inputs = spec.in().channels();
      int outputs = spec.out().channels();
      return new Parts(
          grid,
          weights,
          TileInputs.ofImages(library, grid, spec),
          new TileProducts(library, grid, weights, inputs, outputs, true),
          new TileOutputs(library, grid, spec.out(), rectifies));
    }

    /**
     * The way back of a convolution with stride 1, as a convolution of the output's gradient.
     *
     * @param grid covers the input
     */
    static Parts turned(Library library, Convolution spec, TileGrid grid) {
      Winograd algorithm = grid.algorithm();
      TileInputs inputs =
          new TileInputs(
              library,
              grid,
              algorithm.fromInputs(),
              algorithm.step(),
              spec.outGradient(),
              WinogradPlan.backwardPadding(spec));
      TileResults results = new TileOutputs(library, grid, spec.inGradient(), false);
      return back(library, spec, grid, true, inputs, results);
    }

    /**
     * The way back by the algorithm of the way forward, transposed: {@code dx = sum over tiles of
     * B' ((G w G') * (A' dy A)) B}. Where there is little padding, or a stride, the output has
     * fewer cells than the input.
     *
     * @param grid covers the output, in strips that do not overlap
     */
    static Parts transposed(Library library, Convolution spec, TileGrid grid) {
      Winograd algorithm = grid.algorithm();
      Matrix spread = algorithm.toOutputs().transposed();
      TileInputs inputs =
          new TileInputs(library, grid, spread, algorithm.outputs(), spec.outGradient(), 0);
      TileResults results = new TileSums(library, grid, spec.inGradient(), spec.window().padding());
      return back(library, spec, grid, false, inputs, results);
    }

    private static Parts back(
        Library library,
        Convolution spec,
        TileGrid grid,
        boolean isTurned,
        TileInputs inputs,
        TileResults results) {
      WinogradWeights weights = new WinogradWeights(library, grid.algorithm(), spec, isTurned);
      int from = spec.out().channels();
      int to = spec.in().channels();
      TileProducts products = new TileProducts(library, grid, weights, from, to, false);
      return new Parts(grid, weights, inputs, products, results);
    }
  }

  private WinogradPass(Parts parts) {
    grid = parts.grid();
    weights = parts.weights();
    inputs = parts.inputs();
    products = parts.products();
    results = parts.results();
  }

  public Optional<DataPass.WeightTransform> weightTransform() {
    return Optional.of(weights);
  }

  public boolean adds() {
    return false;
  }

  /** Block by block. */
  static final class OfBlock extends WinogradPass implements DataPass.OfBlock {
    OfBlock(Parts parts) {
      super(parts);
    }

    @Override
    public long scratchBytes() {
      return inputs.bytes()
          + results.bytes()
          + Math.max(inputs.scratchBytes(), results.scratchBytes());
    }

    @Override
    public void run(
        MemorySegment memory, long from, long weight, long bias, long scratch, long to) {
      long out = scratch + inputs.bytes();
      long rest = out + results.bytes();
      int tiles = products.tiles();
      for (int strip = 0; strip < grid.strips(); strip++) {
        int first = grid.first(strip);
        inputs.run(memory, first, from, rest, scratch);
        for (int tile = 0; tile < tiles; tile++) {
          products.run(memory, tile, scratch, weight, bias, out);
        }
        results.run(memory, first, out, rest, to);
      }
    }
  }

  /** All blocks together: a strip is all rows of tiles. */
  static final class OfBatch extends WinogradPass implements DataPass.OfBatch {
    OfBatch(Parts parts) {
      super(parts);
    }

    @Override
    public long scratchBytes() {
      return Math.max(inputs.scratchBytes(), results.scratchBytes());
    }

    @Override
    public long factorsBytes() {
      return inputs.bytes();
    }

    @Override
    public long productsBytes() {
      return results.bytes();
    }

    @Override
    public int tiles() {
      return products.tiles();
    }

    @Override
    public void scatter(MemorySegment memory, int block, long from, long scratch, long factors) {
      inputs.run(memory, 0, from, scratch, factors + grid.block(block));
    }

    @Override
    public void multiply(
        MemorySegment memory, int tile, long factors, long weight, long bias, long to) {
      products.run(memory, tile, factors, weight, bias, to);
    }

    @Override
    public void gather(MemorySegment memory, int block, long products, long scratch, long to) {
      results.run(memory, 0, products + grid.block(block), scratch, to);
    }
  }
}
