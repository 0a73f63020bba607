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
 * <p>Either block by block, or all blocks together.
 */
abstract sealed class WinogradWeightPass {

  final TileGrid grid;
  final TileInputs images;
  final TileGradients gradients;
  final int channels;

  /** Bytes of a row of sums. */
  final long row;

  /** Bytes from the sums of a place to those of the next. */
  final long placeBytes;

  /** Inputs of a kernel's tile. */
  final int inputs;

  /** Bytes of an input's part of the gradient. */
  final long gradient;

  private final Volume factors;
  private final int allVectors;
  private final int vectors;
  private final InputTiles tiles;
  private final TransformKernel back;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides across;

  /**
   * Plans the loops.
   *
   * @param together of how many inputs products are made at once; the last time of fewer
   */
  private WinogradWeightPass(
      Library library, Convolution spec, TileGrid grid, long placeBytes, int together) {
    this.grid = grid;
    this.placeBytes = placeBytes;
    channels = spec.in().channels();
    row = row(spec);
    factors = grid.strip(channels);
    images = TileInputs.ofImages(library, grid, spec);
    allVectors = spec.paddedOutputs() / Vectors.LANES;
    vectors = ChannelWeightPass.vectorTile(allVectors);
    gradients = new TileGradients(library, grid, spec.outGradient(), vectors);
    inputs = ChannelWeightPass.inputTile(together, 1, vectors);
    tiles =
        InputTiles.of(library, together, new ChannelGradientKernel.Form(inputs, 1, vectors, 1, 1));
    Winograd algorithm = grid.algorithm();
    back = library.loop(new TransformKernel.Form(algorithm.fromTaps().transposed()));
    int taps = algorithm.taps();
    int t = algorithm.inputs();
    gradient = taps * taps * row;
    down =
        new TransformKernel.Strides(
            t, allVectors, t * placeBytes, Vectors.BYTES, placeBytes, t * row, Vectors.BYTES, row);
    across =
        new TransformKernel.Strides(
            taps, allVectors, row, Vectors.BYTES, t * row, row, Vectors.BYTES, taps * row);
  }

  private static long row(Convolution spec) {
    return (long) spec.paddedOutputs() * Float.BYTES;
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
            .next(end - c)
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

  /** Brings the sums of an input back from Winograd's domain. */
  final void transformBack(MemorySegment memory, long sums, long scratch, long out) {
    back.run(memory, down, sums, scratch);
    back.run(memory, across, scratch, out);
  }

  /** Bytes that {@link #transformBack} works in. */
  final long backBytes() {
    return grid.algorithm().taps() * grid.algorithm().inputs() * row;
  }

  /**
   * Block by block. The sums in Winograd's domain are a block's, and stay close to the processor;
   * what a group of blocks adds up is the gradient, which is up to nine times smaller.
   */
  static final class OfBlock extends WinogradWeightPass implements WeightPass.OfBlock {
    private final ChannelGradientKernel.Strides strides;
    private final WeightSums weightSums;

    /** Plans the loops; strips must not overlap, for what they had in common would count twice. */
    OfBlock(Library library, Convolution spec, TileGrid grid) {
      super(library, spec, grid, placeBytes(spec), spec.in().channels());
      strides = strides(grid.tiles(), row);
      weightSums = new WeightSums(spec.weightBytes());
    }

    /** An odd number of vectors, for the caches. */
    private static long placeBytes(Convolution spec) {
      return spec.in().channels() * row(spec) | Vectors.BYTES;
    }

    private long placesBytes() {
      return grid.places() * placeBytes;
    }

    @Override
    public void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {
      long inFactors = scratch + placesBytes();
      long gradientFactors = inFactors + images.bytes();
      long work = gradientFactors + gradients.bytes();
      MapLoops.fill(memory, scratch, (int) (placesBytes() / Vectors.BYTES), 0f);
      for (int strip = 0; strip < grid.strips(); strip++) {
        scatter(memory, strip, 0, in, outGradient, work, inFactors, gradientFactors);
        for (int place = 0; place < grid.places(); place++) {
          long to = scratch + place * placeBytes;
          multiply(memory, strides, place, 0, channels, inFactors, gradientFactors, to);
        }
      }
      long part = inFactors + backBytes();
      for (int c = 0; c < channels; c++) {
        transformBack(memory, scratch + c * row, inFactors, part);
        long to = sums + c * gradient;
        MapLoops.add(memory, part, to, to, (int) (gradient / Vectors.BYTES));
      }
    }

    @Override
    public long scratchBytes() {
      long factors = images.bytes() + gradients.bytes() + scatterBytes();
      return placesBytes() + Math.max(factors, backBytes() + gradient);
    }

    @Override
    public long sumsBytes() {
      return weightSums.bytes();
    }

    @Override
    public int tiles() {
      return weightSums.tiles();
    }

    @Override
    public void finish(
        MemorySegment memory,
        int tile,
        long sums,
        long stride,
        int groups,
        long scratch,
        long out) {
      weightSums.add(memory, tile, sums, stride, groups, out);
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
      super(library, spec, grid, row(spec), isEven(spec) ? TILE_INPUTS : spec.in().channels());
      tileInputs = isEven(spec) ? TILE_INPUTS : inputs * Math.max(1, TILE_INPUTS / inputs);
      strides =
          IntStream.rangeClosed(1, grid.blocks())
              .mapToObj(blocks -> strides(blocks * grid.tiles(), grid.places() * row))
              .toArray(ChannelGradientKernel.Strides[]::new);
    }

    /** Whether all tiles can be alike: the workers end together then. */
    private static boolean isEven(Convolution spec) {
      return spec.in().channels() % TILE_INPUTS == 0;
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
            scratch + place * placeBytes);
      }
      long work = scratch + tileInputs * input;
      for (int c = first; c < end; c++) {
        transformBack(memory, scratch + (c - first) * input, work, out + c * gradient);
      }
    }
  }
}
