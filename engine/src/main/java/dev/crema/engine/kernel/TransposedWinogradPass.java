package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The way back by Winograd's algorithm of the way forward, transposed: {@code dx = sum over tiles
 * of B' ((G w G') * (A' dy A)) B}. Its tiles cover the output, which has fewer cells than the input
 * where there is little padding.
 */
final class TransposedWinogradPass implements DataPass.OfBlock {
  private final WinogradWeights weights;
  private final TileInputs gradients;
  private final TileProducts products;
  private final TileSums sums;

  /**
   * Plans the loops.
   *
   * @param grid covers the output in one strip
   */
  TransposedWinogradPass(Library library, Convolution spec, TileGrid grid) {
    Matrix spread = grid.algorithm().toOutputs().transposed();
    weights = new WinogradWeights(library, grid.algorithm(), spec, true);
    gradients = new TileInputs(library, grid, spread, spec.outGradient(), 0);
    products =
        new TileProducts(
            library, grid, weights, spec.out().channels(), spec.in().channels(), false);
    sums = new TileSums(library, grid, spec.inGradient(), spec.window().padding());
  }

  @Override
  public Optional<WeightTransform> weightTransform() {
    return Optional.of(weights);
  }

  @Override
  public long scratchBytes() {
    return gradients.bytes()
        + sums.bytes()
        + Math.max(gradients.scratchBytes(), sums.scratchBytes());
  }

  @Override
  public void run(MemorySegment memory, long from, long weight, long bias, long scratch, long to) {
    long out = scratch + gradients.bytes();
    long rest = out + sums.bytes();
    gradients.run(memory, 0, from, rest, scratch);
    for (int tile = 0; tile < products.tiles(); tile++) {
      products.run(memory, tile, scratch, weight, bias, out);
    }
    sums.run(memory, out, rest, to);
  }
}
