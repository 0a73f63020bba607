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
 * <p>It needs two to four times fewer multiplications. Either block by block, and strip by strip,
 * so that what lies between stays in the cache; or all blocks together, so that weights need not.
 */
abstract sealed class WinogradPass {
  final TileGrid grid;
  final WinogradWeights weights;
  final TileInputs inputs;
  final TileProducts products;
  final TileOutputs outputs;

  private WinogradPass(Library library, Convolution spec, TileGrid grid, boolean isForward) {
    this.grid = grid;
    Volume from = isForward ? spec.in() : spec.outGradient();
    Volume to = isForward ? spec.out() : spec.inGradient();
    int padding = isForward ? spec.window().padding() : WinogradPlan.backwardPadding(spec);
    weights = new WinogradWeights(library, grid.algorithm(), spec, isForward);
    inputs = new TileInputs(library, grid, grid.algorithm().fromInputs(), from, padding);
    products = new TileProducts(library, grid, weights, from.channels(), to.channels(), isForward);
    outputs = new TileOutputs(library, grid, to);
  }

  public Optional<DataPass.WeightTransform> weightTransform() {
    return Optional.of(weights);
  }

  /** Block by block. */
  static final class OfBlock extends WinogradPass implements DataPass.OfBlock {
    OfBlock(Library library, Convolution spec, TileGrid grid, boolean isForward) {
      super(library, spec, grid, isForward);
    }

    @Override
    public long scratchBytes() {
      return inputs.bytes()
          + outputs.bytes()
          + Math.max(inputs.scratchBytes(), outputs.scratchBytes());
    }

    @Override
    public void run(
        MemorySegment memory, long from, long weight, long bias, long scratch, long to) {
      long out = scratch + inputs.bytes();
      long rest = out + outputs.bytes();
      int tiles = products.tiles();
      for (int strip = 0; strip < grid.strips(); strip++) {
        int first = grid.first(strip);
        inputs.run(memory, first, from, rest, scratch);
        for (int tile = 0; tile < tiles; tile++) {
          products.run(memory, tile, scratch, weight, bias, out);
        }
        outputs.run(memory, first, out, rest, to);
      }
    }
  }

  /** All blocks together: a strip is all rows of tiles. */
  static final class OfBatch extends WinogradPass implements DataPass.OfBatch {
    OfBatch(Library library, Convolution spec, TileGrid grid, boolean isForward) {
      super(library, spec, grid, isForward);
    }

    @Override
    public long scratchBytes() {
      return Math.max(inputs.scratchBytes(), outputs.scratchBytes());
    }

    @Override
    public long factorsBytes() {
      return inputs.bytes();
    }

    @Override
    public long productsBytes() {
      return outputs.bytes();
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
      outputs.run(memory, 0, products + grid.block(block), scratch, to);
    }
  }
}
