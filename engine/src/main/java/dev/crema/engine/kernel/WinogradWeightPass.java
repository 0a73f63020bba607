package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.Volume;
import dev.crema.engine.WeightPass;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * The gradient of the weights by Winograd's algorithm, turned around: {@code dw = G' (sum over
 * images and tiles of (A' dy A) * (B d B')) G}. The sums are in Winograd's domain, with output
 * channels in the lanes: a row for each input and place.
 *
 * <p>Either block by block, with sums for each group of them, or all blocks together.
 */
abstract sealed class WinogradWeightPass {

  final TileGrid grid;
  final TileInputs images;
  final TileGradients gradients;
  final int channels;

  /** Bytes of a row of sums. */
  final long row;

  /** Inputs of a kernel's tile. */
  final int inputs;

  private final Volume factors;
  private final int allVectors;
  private final int vectors;
  private final int taps;
  private final InputTiles tiles;
  private final TransformKernel back;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides across;

  private WinogradWeightPass(Library library, Convolution spec, TileGrid grid) {
    this.grid = grid;
    channels = spec.in().channels();
    row = (long) spec.paddedOutputs() * Float.BYTES;
    factors = grid.strip(channels);
    images = TileInputs.ofImages(library, grid, spec);
    allVectors = spec.paddedOutputs() / Vectors.LANES;
    vectors = ChannelWeightPass.vectorTile(allVectors);
    gradients = new TileGradients(library, grid, spec.outGradient(), vectors);
    inputs = ChannelWeightPass.inputTile(channels, 1, vectors);
    tiles =
        InputTiles.of(library, channels, new ChannelGradientKernel.Form(inputs, 1, vectors, 1, 1));
    Winograd algorithm = grid.algorithm();
    back = library.loop(new TransformKernel.Form(algorithm.fromTaps().transposed()));
    taps = algorithm.taps();
    int t = algorithm.inputs();
    down =
        new TransformKernel.Strides(
            t, allVectors, t * row, Vectors.BYTES, row, t * row, Vectors.BYTES, row);
    across =
        new TransformKernel.Strides(
            taps, allVectors, row, Vectors.BYTES, t * row, row, Vectors.BYTES, taps * row);
  }

  /**
   * How the kernel steps.
   *
   * @param tiles over how many tiles it sums
   * @param inputStep bytes from the sums of an input to those of the next
   */
  final ChannelGradientKernel.Strides strides(int tiles, long inputStep) {
    return new ChannelGradientKernel.Strides(
        tiles,
        Float.BYTES,
        0,
        factors.plane(),
        0,
        gradients.panels().image(),
        0,
        0,
        0,
        inputStep,
        0);
  }

  /** Makes the factors of a block's strip. */
  final void scatter(
      MemorySegment memory,
      int strip,
      int block,
      long in,
      long outGradient,
      long work,
      long inFactors,
      long gradientFactors) {
    images.run(memory, grid.first(strip), in, work, inFactors + grid.block(block));
    gradients.run(memory, strip, block, outGradient, work, gradientFactors);
  }

  /** Bytes that {@link #scatter} works in. */
  final long scatterBytes() {
    return Math.max(images.scratchBytes(), gradients.scratchBytes());
  }

  /** Adds products to the sums of one place, for inputs from {@code first} to {@code end}. */
  final void multiply(
      MemorySegment memory,
      ChannelGradientKernel.Strides strides,
      int place,
      int first,
      int end,
      long inFactors,
      long gradientFactors,
      long sums) {
    long in = inFactors + place * grid.place(factors);
    long gradient = gradientFactors + place * gradients.place();
    for (int v = 0; v < allVectors; v += vectors) {
      long panel = gradient + gradients.panels().at(v);
      long lanes = (long) v * Vectors.BYTES;
      for (int c = first; c < end; c += inputs) {
        tiles
            .at(c)
            .run(
                memory,
                strides,
                in + c * factors.plane(),
                panel,
                sums + (c - first) * strides.sumsChannel() + lanes,
                1);
      }
    }
  }

  /** Brings the sums of an input, place after place, back from Winograd's domain. */
  final void transformBack(MemorySegment memory, int input, long sums, long scratch, long out) {
    back.run(memory, down, sums, scratch);
    back.run(memory, across, scratch, out + (long) input * taps * taps * row);
  }

  /** Bytes that {@link #transformBack} works in. */
  final long backBytes() {
    return taps * grid.algorithm().inputs() * row;
  }

  /** Block by block. */
  static final class OfBlock extends WinogradWeightPass implements WeightPass.OfBlock {
    private final ChannelGradientKernel.Strides strides;

    /** Plans the loops; strips must not overlap, for what they had in common would count twice. */
    OfBlock(Library library, Convolution spec, TileGrid grid) {
      super(library, spec, grid);
      strides = strides(grid.tiles(), row);
    }

    @Override
    public void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {
      long inFactors = scratch;
      long gradientFactors = inFactors + images.bytes();
      long work = gradientFactors + gradients.bytes();
      for (int strip = 0; strip < grid.strips(); strip++) {
        scatter(memory, strip, 0, in, outGradient, work, inFactors, gradientFactors);
        for (int place = 0; place < grid.places(); place++) {
          long to = sums + place * channels * row;
          multiply(memory, strides, place, 0, channels, inFactors, gradientFactors, to);
        }
      }
    }

    @Override
    public long scratchBytes() {
      long adding = images.bytes() + gradients.bytes() + scatterBytes();
      return Math.max(adding, grid.places() * row + backBytes());
    }

    @Override
    public long sumsBytes() {
      return grid.places() * channels * row;
    }

    @Override
    public int tiles() {
      return channels;
    }

    @Override
    public void finish(
        MemorySegment memory,
        int input,
        long sums,
        long stride,
        int groups,
        long scratch,
        long out) {
      for (int place = 0; place < grid.places(); place++) {
        long from = sums + ((long) place * channels + input) * row;
        VectorLoops.sum(memory, row, from, stride, groups, scratch + place * row);
      }
      transformBack(memory, input, scratch, scratch + grid.places() * row, out);
    }
  }

  /** All blocks together: a strip is all rows of tiles, and a tile of the gradient some inputs. */
  static final class OfBatch extends WinogradWeightPass implements WeightPass.OfBatch {
    /** About so many inputs make a tile: the gradient's factors are read once for all of them. */
    private static final int TILE_INPUTS = 32;

    private final int tileInputs;

    /** For one block, two, and so on. */
    private final ChannelGradientKernel.Strides[] strides;

    OfBatch(Library library, Convolution spec, TileGrid grid) {
      super(library, spec, grid);
      tileInputs = inputs * Math.max(1, TILE_INPUTS / inputs);
      strides =
          IntStream.rangeClosed(1, grid.blocks())
              .mapToObj(blocks -> strides(blocks * grid.tiles(), grid.places() * row))
              .toArray(ChannelGradientKernel.Strides[]::new);
    }

    @Override
    public long inFactorsBytes() {
      return images.bytes();
    }

    @Override
    public long gradientFactorsBytes() {
      return gradients.bytes();
    }

    @Override
    public long scratchBytes() {
      return scatterBytes();
    }

    @Override
    public void scatter(
        MemorySegment memory,
        int block,
        long in,
        long outGradient,
        long scratch,
        long inFactors,
        long gradientFactors) {
      scatter(memory, 0, block, in, outGradient, scratch, inFactors, gradientFactors);
    }

    @Override
    public int tiles() {
      return Math.ceilDiv(channels, tileInputs);
    }

    @Override
    public long tileScratchBytes() {
      return tileInputs * grid.places() * row + backBytes();
    }

    @Override
    public void finish(
        MemorySegment memory,
        int tile,
        int blocks,
        long inFactors,
        long gradientFactors,
        long scratch,
        long out) {
      int first = tile * tileInputs;
      int end = Math.min(channels, first + tileInputs);
      long input = grid.places() * row;
      MapLoops.fill(memory, scratch, (int) ((end - first) * input / Vectors.BYTES), 0f);
      for (int place = 0; place < grid.places(); place++) {
        multiply(
            memory,
            strides[blocks - 1],
            place,
            first,
            end,
            inFactors,
            gradientFactors,
            scratch + place * row);
      }
      long work = scratch + tileInputs * input;
      for (int c = first; c < end; c++) {
        transformBack(memory, c, scratch + (c - first) * input, work, out);
      }
    }
  }
}
