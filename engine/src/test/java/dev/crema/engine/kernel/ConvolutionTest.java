package dev.crema.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Key;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import dev.crema.engine.WeightPass;
import dev.crema.engine.Window;
import dev.crema.engine.kernel.WinogradPass.Parts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All three passes of a convolution against its definition in double precision. */
class ConvolutionTest {
  /** Sums of at most some 5,000 floats of size 1: 24-bit rounding leaves under 1e-3. */
  private static final double TOLERANCE = 1e-3;

  private static final long SEED = 7;

  /** Bytes for all that a pass may want to work in. */
  private static final long WORK = 1 << 23;

  /** Of one and the same images, so that the gradient of the weights doubles. */
  private static final int BLOCKS = 2;

  // The kernels run interpreted here: small sizes, no warm-up.
  @ParameterizedTest(name = "{0}->{1} {2}x{3} kernel {4} stride {5} padding {6} groups {7}")
  @CsvSource({
    "1, 1, 1, 1, 1, 1, 0, 1",
    "1, 6, 7, 9, 5, 1, 2, 1",
    "3, 7, 6, 5, 3, 1, 0, 1",
    "3, 7, 6, 5, 3, 1, 2, 1",
    "2, 5, 7, 8, 3, 2, 1, 1",
    "2, 5, 8, 7, 2, 3, 0, 1",
    "4, 6, 6, 7, 3, 1, 1, 2",
    "5, 5, 6, 6, 3, 1, 0, 5",
    "5, 5, 6, 6, 3, 2, 1, 5",
    "3, 33, 4, 5, 3, 1, 1, 1",
    "5, 40, 5, 4, 3, 2, 1, 1",
    "13, 17, 1, 1, 1, 1, 0, 1",
    // Whole tiles, of all inputs and of every other cell.
    "16, 5, 6, 6, 1, 1, 0, 1",
    "32, 3, 8, 12, 1, 2, 0, 1",
    "16, 6, 6, 6, 3, 1, 1, 1",
    // Outputs of five, seven and 13 vectors of 16, or of more vectors of fewer lanes.
    "3, 80, 3, 5, 1, 1, 0, 1",
    "2, 110, 4, 3, 3, 1, 1, 1",
    "2, 208, 2, 3, 1, 1, 0, 1",
    // Rows that the weights' gradient takes in strips and in stretches.
    "3, 64, 7, 43, 1, 1, 0, 1",
    "2, 64, 9, 83, 3, 2, 1, 1"
  })
  void tiledPassesAgreeWithTheDefinition(
      int inputs, int outputs, int height, int width, int k, int stride, int padding, int groups) {
    Convolution spec =
        convolution(inputs, outputs, height, width, new Window(k, stride, padding), groups);
    Library library = new Library(Convolving.FASTEST);
    agree(
        spec,
        TiledPass.forward(library, spec),
        TiledPass.backward(library, spec),
        WeightPass.direct(library, spec));
    agree(
        spec,
        TiledPass.forward(library, spec),
        TiledPass.backward(library, spec, true),
        WeightPass.direct(library, spec));
  }

  // Whole vectors of results and others, tiles that divide them and do not.
  @ParameterizedTest
  @CsvSource({"64, 32", "45, 47", "400, 120", "46, 110"})
  void transposedPassesAgreeWithTheDefinition(int inputs, int outputs) {
    Convolution spec = convolution(inputs, outputs, 1, 1, new Window(1, 1, 0), 1);
    Library library = new Library(Convolving.FASTEST);
    DataPass forward = TransposedPass.forward(library, spec).orElseThrow();
    DataPass backward = TransposedPass.backward(library, spec, 4).orElseThrow();
    agree(spec, forward, backward, WeightPass.direct(library, spec));
    assertThat(outputs(spec, forward)).isEqualTo(outputs(spec, TiledPass.forward(library, spec)));
  }

  @Test
  void aWayBackAddsWhereNoTilesOverlap() {
    Library library = new Library(Convolving.FASTEST);
    Convolution whole = convolution(480, 16, 6, 6, new Window(1, 1, 0), 1);
    Convolution gaps = convolution(64, 128, 12, 12, new Window(1, 2, 0), 1);
    Convolution overlapping = convolution(7, 3, 6, 5, new Window(3, 1, 1), 1);
    assertThat(TiledPass.backward(library, whole, true).adds()).isTrue();
    assertThat(TiledPass.backward(library, gaps, true).adds()).isTrue();
    assertThat(TiledPass.backward(library, overlapping, true).adds()).isFalse();
    assertThat(TiledPass.backward(library, whole, false).adds()).isFalse();
  }

  // Sizes that the tiles do not divide, inputs that they do not reach, strips that overlap, of one
  // to all rows of tiles.
  @ParameterizedTest(
      name = "{0}->{1} {2}x{3} kernel {4} stride {5} padding {6} tile {7}, {8} rows in a strip")
  @CsvSource({
    "1, 1, 3, 3, 3, 1, 0, 2, 1",
    "3, 7, 6, 5, 3, 1, 1, 2, 1",
    "5, 33, 7, 9, 3, 1, 1, 2, 3",
    "16, 3, 3, 3, 3, 1, 1, 3, 1",
    "4, 6, 8, 8, 3, 1, 1, 4, 2",
    "2, 5, 9, 11, 3, 1, 2, 4, 2",
    "3, 18, 6, 7, 5, 1, 2, 2, 2",
    "2, 3, 9, 5, 5, 1, 0, 2, 2",
    "3, 4, 13, 6, 3, 1, 0, 4, 1",
    "2, 3, 9, 8, 5, 1, 1, 3, 2",
    "4, 2, 10, 13, 5, 1, 4, 4, 2",
    "1, 1, 3, 3, 3, 2, 0, 2, 1",
    "3, 7, 8, 6, 3, 2, 0, 2, 2",
    "5, 33, 12, 13, 3, 2, 1, 3, 1",
    "16, 3, 16, 24, 3, 2, 1, 4, 2",
    "2, 5, 9, 10, 3, 2, 2, 4, 1",
    "3, 18, 11, 14, 5, 2, 2, 2, 1",
    "2, 3, 8, 17, 4, 2, 1, 3, 2",
    "2, 3, 13, 12, 5, 3, 1, 2, 1"
  })
  void winogradPassesAgreeWithTheDefinition(
      int inputs,
      int outputs,
      int height,
      int width,
      int k,
      int stride,
      int padding,
      int tile,
      int rows) {
    Convolution spec =
        convolution(inputs, outputs, height, width, new Window(k, stride, padding), 1);
    Library library = new Library(Convolving.FASTEST);
    Winograd algorithm = new Winograd(tile, k, stride);
    TileGrid one = TileGrid.of(algorithm, spec.out(), 1);
    TileGrid some = TileGrid.of(algorithm, spec.out(), rows);
    TileGrid all = TileGrid.of(algorithm, spec.out(), one.allRows()).over(BLOCKS);
    DataPass forward = new WinogradPass.OfBlock(Parts.forward(library, spec, some, false));
    DataPass forwardAll = new WinogradPass.OfBatch(Parts.forward(library, spec, all, false));
    WeightPass weights = new WinogradWeightPass.OfBlock(library, spec, one);
    WeightPass weightsAll = new WinogradWeightPass.OfBatch(library, spec, all);
    agree(spec, forward, new WinogradPass.OfBlock(Parts.transposed(library, spec, one)), weights);
    agree(
        spec,
        forwardAll,
        new WinogradPass.OfBatch(Parts.transposed(library, spec, all)),
        weightsAll);
    if (stride == 1) {
      TileGrid back = TileGrid.of(algorithm, spec.inGradient(), rows);
      TileGrid allBack = TileGrid.of(algorithm, spec.inGradient(), back.allRows()).over(BLOCKS);
      agree(spec, forward, new WinogradPass.OfBlock(Parts.turned(library, spec, back)), weights);
      agree(
          spec,
          forwardAll,
          new WinogradPass.OfBatch(Parts.turned(library, spec, allBack)),
          weightsAll);
    }
  }

  // Small images, many channels; with a stride the last row and column are nobody's.
  @ParameterizedTest
  @CsvSource({"170, 113, 2, 2, 1", "160, 128, 3, 4, 2", "61, 50, 2, 1, 3"})
  void weightsOfSingleCellsAgreeWithTheDefinition(
      int inputs, int outputs, int height, int width, int stride) {
    Convolution spec = convolution(inputs, outputs, height, width, new Window(1, stride, 0), 1);
    Library library = new Library(Convolving.FASTEST);
    WeightPass weights = WeightPass.of(library, spec, BLOCKS);
    assertThat(weights).isInstanceOf(WeightPass.OfBatch.class);
    agree(spec, TiledPass.forward(library, spec), TiledPass.backward(library, spec), weights);
  }

  // Rows that the tiles divide and do not divide, a halo for what reads the output.
  @ParameterizedTest
  @CsvSource({"7, 8, 3", "5, 9, 2", "8, 8, 4"})
  void rectifiedOutputsAreTheOutputsButForNegativeOnes(int height, int width, int tile) {
    Window window = new Window(3, 1, 1);
    Convolution plain = convolution(3, 7, height, width, window, 1);
    Convolution spec =
        new Convolution(
            window,
            1,
            plain.in(),
            plain.out().withHalo(1),
            plain.inGradient(),
            plain.outGradient());
    Library library = new Library(Convolving.FASTEST);
    TileGrid grid = TileGrid.of(new Winograd(tile, 3, 1), spec.out(), 1);
    List<Float> tiled = outputs(spec, TiledPass.forward(library, spec, false));
    assertThat(outputs(spec, TiledPass.forward(library, spec, true))).isEqualTo(rectified(tiled));
    List<Float> winograd =
        outputs(spec, new WinogradPass.OfBlock(Parts.forward(library, spec, grid, false)));
    assertThat(outputs(spec, new WinogradPass.OfBlock(Parts.forward(library, spec, grid, true))))
        .isEqualTo(rectified(winograd));
  }

  /** Weights may be columns of a wider table; the way back then is that of the table. */
  @ParameterizedTest
  @CsvSource({"19, 24, 5, 6", "40, 20, 1, 1"})
  void readsWeightsInATableOfOthersToo(int inputs, int outputs, int height, int width) {
    Convolution own = convolution(inputs, outputs, height, width, new Window(1, 1, 0), 1);
    Convolution shared =
        new Convolution(
            own.window(), 1, own.in(), own.out(), own.inGradient(), own.outGradient(), 64);
    Library library = new Library(Convolving.FASTEST);
    assertThat(outputs(shared, TiledPass.forward(library, shared, false)))
        .isEqualTo(outputs(own, DataPass.forward(library, own, BLOCKS, false)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataPass.forward(library, shared, BLOCKS, false))
        .withMessageContaining("%d of 64 columns".formatted(outputs));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataPass.backward(library, shared, BLOCKS, false))
        .withMessageContaining("%d of 64 columns".formatted(outputs));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WeightPass.of(library, shared, BLOCKS))
        .withMessageContaining("%d of 64 columns".formatted(outputs));
  }

  private static List<Float> rectified(List<Float> outputs) {
    assertThat(outputs).anyMatch(number -> number < 0).anyMatch(number -> number > 0);
    return outputs.stream().map(number -> number > 0 ? number : 0f).toList();
  }

  /** All that a way forward writes, with what lies between the rows. */
  private static List<Float> outputs(Convolution spec, DataPass pass) {
    Ran ran = forward(spec, pass);
    return LongStream.range(0, spec.out().bytes() / Float.BYTES)
        .mapToObj(i -> Vectors.get(ran.m(), ran.y() + Float.BYTES * i))
        .toList();
  }

  /**
   * How much more than the definition's sums the algorithm rounds: at most six times, for tiles of
   * all sizes. Differences from double precision, in root mean squares, of outputs of size 1.
   */
  @ParameterizedTest
  @CsvSource({
    "2, 3, 1", "3, 3, 1", "4, 3, 1", "2, 5, 1", "3, 5, 1", "4, 5, 1", "2, 3, 2", "3, 3, 2",
    "4, 3, 2", "4, 5, 2"
  })
  void winogradRoundsLittleMoreThanTheDefinition(int tile, int k, int stride) {
    int channels = 64;
    Window window = new Window(k, stride, k / 2);
    Convolution spec = convolution(channels, 16, 9, 9, window, 1);
    Library library = new Library(Convolving.FASTEST);
    TileGrid grid = TileGrid.of(new Winograd(tile, k, stride), spec.out(), 1);
    double direct = error(spec, TiledPass.forward(library, spec));
    double winograd =
        error(spec, new WinogradPass.OfBlock(Parts.forward(library, spec, grid, false)));
    assertThat(winograd).as("direct %.1e", direct).isBetween(direct / 10, 6 * direct);
  }

  /** What a way forward read and wrote, and where it lies. */
  private record Ran(MemorySegment m, long weight, long x, long y) {}

  /** Runs a way forward on random numbers that make outputs of size 1. */
  private static Ran forward(Convolution spec, DataPass pass) {
    Layout layout = new Layout(0);
    long weight = layout.next(spec.weightBytes());
    long bias = layout.next((long) spec.paddedOutputs() * Float.BYTES);
    long x = layout.next(spec.in().bytes());
    long y = layout.next(spec.out().bytes());
    long work = layout.next(WORK);
    MemorySegment m = Arena.ofAuto().allocate(layout.end, 64);
    Key key = Key.of(SEED);
    int k = spec.window().kernel();
    float size = (float) Math.sqrt(9.0 / (spec.in().channels() * k * k));
    for (int o = 0; o < spec.out().channels(); o++) {
      for (int c = 0; c < spec.in().channels(); c++) {
        for (int t = 0; t < k * k; t++) {
          Vectors.set(m, weight + at(spec, c, t, o), size * random(key, 2, (o * 64 + c) * 64 + t));
        }
      }
    }
    fill(m, x, spec.in(), key.fold(3));
    run(m, pass, x, weight, bias, work, y);
    return new Ran(m, weight, x, y);
  }

  private static double error(Convolution spec, DataPass pass) {
    Ran ran = forward(spec, pass);
    MemorySegment m = ran.m();
    int k = spec.window().kernel();
    double squares = 0;
    for (int o = 0; o < spec.out().channels(); o++) {
      for (int oy = 0; oy < spec.out().height(); oy++) {
        for (int ox = 0; ox < spec.out().width(); ox++) {
          double sum = 0;
          for (int c = 0; c < spec.in().channels(); c++) {
            for (int t = 0; t < k * k; t++) {
              int iy = oy * spec.window().stride() + t / k - spec.window().padding();
              int ix = ox * spec.window().stride() + t % k - spec.window().padding();
              if (iy >= 0 && iy < spec.in().height() && ix >= 0 && ix < spec.in().width()) {
                sum +=
                    (double) Vectors.get(m, ran.x() + spec.in().at(c, iy, ix))
                        * Vectors.get(m, ran.weight() + at(spec, c, t, o));
              }
            }
          }
          squares += Math.pow(Vectors.get(m, ran.y() + spec.out().at(o, oy, ox)) - sum, 2);
        }
      }
    }
    return Math.sqrt(squares / (spec.out().channels() * spec.out().cells()));
  }

  private static Convolution convolution(
      int inputs, int outputs, int height, int width, Window window, int groups) {
    Volume in = new Volume(inputs, height, width, window.padding(), 1);
    Volume out = new Volume(outputs, window.places(height), window.places(width), 0, 1);
    Volume dOut = out.withHalo(Convolution.gradientHalo(window, width));
    return new Convolution(window, groups, in, out, in.withHalo(0), dOut);
  }

  /** Runs all three passes on random numbers and compares every result with its definition. */
  private static void agree(
      Convolution spec, DataPass forward, DataPass backward, WeightPass weights) {
    int inputs = spec.in().channels();
    int outputs = spec.out().channels();
    int height = spec.in().height();
    int width = spec.in().width();
    int k = spec.window().kernel();
    int stride = spec.window().stride();
    int padding = spec.window().padding();
    Volume in = spec.in();
    Volume out = spec.out();
    Volume dOut = spec.outGradient();
    Layout layout = new Layout(0);
    long weight = layout.next(spec.weightBytes());
    long bias = layout.next((long) spec.paddedOutputs() * 4);
    long x = layout.next(in.bytes());
    long y = layout.next(out.bytes());
    long dy = layout.next(dOut.bytes());
    long dx = layout.next(in.withHalo(0).bytes());
    long dWeight = layout.next(spec.weightBytes());
    long work = layout.next(WORK);
    MemorySegment m = Arena.ofAuto().allocate(layout.end, 64);

    int groupInputs = spec.groupInputs();
    Key key = Key.of(SEED);
    for (int o = 0; o < outputs; o++) {
      Vectors.set(m, bias + 4L * o, random(key, 1, o));
      for (int c = 0; c < groupInputs; c++) {
        for (int t = 0; t < k * k; t++) {
          Vectors.set(m, weight + at(spec, c, t, o), random(key, 2, (o * 64 + c) * 64 + t));
        }
      }
    }
    fill(m, x, in, key.fold(3));
    fill(m, dy, dOut, key.fold(4));
    fill(m, dx, in.withHalo(0), key.fold(5));
    MemorySegment before = Arena.ofAuto().allocate(layout.end, 64).copyFrom(m);

    // What others left in the memory that a pass works in must not matter.
    m.asSlice(work, WORK).fill((byte) -1); // not a number
    run(m, forward, x, weight, bias, work, y);
    run(m, backward, dy, weight, 0, work, dx);
    run(m, weights, x, dy, work, dWeight);

    double[][] dWeights = new double[outputs][groupInputs * k * k];
    for (int lane = 0; lane < Lanes.COUNT; lane++) {
      double[] dInput = new double[inputs * height * width];
      for (int o = 0; o < outputs; o++) {
        int firstInput = o / spec.groupOutputs() * groupInputs;
        for (int oy = 0; oy < out.height(); oy++) {
          for (int ox = 0; ox < out.width(); ox++) {
            double sum = Vectors.get(m, bias + 4L * o);
            double g = Vectors.get(m, dy + dOut.at(o, oy, ox) + 4L * lane);
            for (int c = 0; c < groupInputs; c++) {
              for (int t = 0; t < k * k; t++) {
                int iy = oy * stride + t / k - padding;
                int ix = ox * stride + t % k - padding;
                if (iy < 0 || iy >= height || ix < 0 || ix >= width) {
                  continue;
                }
                double value = Vectors.get(m, x + in.at(firstInput + c, iy, ix) + 4L * lane);
                double w = Vectors.get(m, weight + at(spec, c, t, o));
                sum += w * value;
                dInput[((firstInput + c) * height + iy) * width + ix] += w * g;
                dWeights[o][c * k * k + t] += BLOCKS * value * g;
              }
            }
            assertThat((double) Vectors.get(m, y + out.at(o, oy, ox) + 4L * lane))
                .as("seed %d: output %d, %d, %d, lane %d", SEED, o, oy, ox, lane)
                .isCloseTo(sum, within(TOLERANCE));
          }
        }
      }
      for (int i = 0; i < dInput.length; i++) {
        long place =
            in.withHalo(0).at(i / (height * width), i / width % height, i % width) + 4L * lane;
        assertThat((double) Vectors.get(m, dx + place))
            .as("seed %d: input gradient %d, lane %d", SEED, i, lane)
            .isCloseTo(
                dInput[i] + (backward.adds() ? Vectors.get(before, dx + place) : 0),
                within(TOLERANCE));
      }
    }
    for (int o = 0; o < outputs; o++) {
      for (int i = 0; i < dWeights[o].length; i++) {
        assertThat((double) Vectors.get(m, dWeight + at(spec, i / (k * k), i % (k * k), o)))
            .as("seed %d: weight gradient of output %d, %d", SEED, o, i)
            .isCloseTo(dWeights[o][i], within(TOLERANCE));
      }
    }
  }

  /** Runs a pass on blocks of the same images. */
  private static void run(
      MemorySegment m, DataPass pass, long from, long weight, long bias, long work, long to) {
    Layout layout = new Layout(work);
    long used = weight;
    if (pass.weightTransform().isPresent()) {
      DataPass.WeightTransform transform = pass.weightTransform().get();
      used = layout.next(transform.bytes());
      long scratch = layout.next(transform.scratchBytes());
      for (int tile = 0; tile < transform.tiles(); tile++) {
        transform.run(m, tile, weight, scratch, used);
      }
    }
    long scratch = layout.next(pass.scratchBytes());
    switch (pass) {
      case DataPass.OfBlock each -> each.run(m, from, used, bias, scratch, to);
      case DataPass.OfBatch each -> {
        long factors = layout.next(each.factorsBytes());
        long products = layout.next(each.productsBytes());
        for (int block = 0; block < BLOCKS; block++) {
          each.scatter(m, block, from, scratch, factors);
        }
        for (int tile = 0; tile < each.tiles(); tile++) {
          each.multiply(m, tile, factors, used, bias, products);
        }
        for (int block = 0; block < BLOCKS; block++) {
          each.gather(m, block, products, scratch, to);
        }
      }
    }
  }

  /** The same for the gradient of the weights. */
  private static void run(
      MemorySegment m, WeightPass pass, long in, long dOut, long work, long dWeight) {
    Layout layout = new Layout(work);
    long scratch = layout.next(pass.scratchBytes());
    switch (pass) {
      case WeightPass.OfBlock each -> {
        long sums = layout.next(BLOCKS * each.sumsBytes());
        m.asSlice(sums, BLOCKS * each.sumsBytes()).fill((byte) 0);
        for (int group = 0; group < BLOCKS; group++) {
          each.add(m, in, dOut, scratch, sums + group * each.sumsBytes());
        }
        for (int tile = 0; tile < each.tiles(); tile++) {
          each.finish(m, tile, sums, each.sumsBytes(), BLOCKS, scratch, dWeight);
        }
      }
      case WeightPass.OfBatch each -> {
        long inFactors = layout.next(each.inFactorsBytes());
        long gradientFactors = layout.next(each.gradientFactorsBytes());
        for (int block = 0; block < BLOCKS; block++) {
          each.scatter(m, block, in, dOut, scratch, inFactors, gradientFactors);
        }
        long tileScratch = layout.next(each.tileScratchBytes());
        for (int tile = 0; tile < each.tiles(); tile++) {
          each.finish(m, tile, BLOCKS, inFactors, gradientFactors, tileScratch, dWeight);
        }
      }
    }
  }

  private static long at(Convolution spec, int input, int tap, int output) {
    int k = spec.window().kernel();
    return (((long) input * k * k + tap) * spec.weightColumns() + output) * Float.BYTES;
  }

  private static void fill(MemorySegment m, long at, Volume volume, Key key) {
    int i = 0;
    for (int c = 0; c < volume.channels(); c++) {
      for (int y = 0; y < volume.height(); y++) {
        for (int x = 0; x < volume.width(); x++) {
          for (int lane = 0; lane < Lanes.COUNT; lane++) {
            Vectors.set(m, at + volume.at(c, y, x) + 4L * lane, random(key, 0, i++));
          }
        }
      }
    }
  }

  private static float random(Key key, int stream, int i) {
    return (float) (2 * key.fold(stream).uniform(i) - 1);
  }

  /** Places one after the other. */
  private static final class Layout {
    private long end;

    Layout(long start) {
      end = start;
    }

    long next(long bytes) {
      long at = end;
      end += Math.ceilDiv(bytes, Lanes.BYTES) * Lanes.BYTES;
      return at;
    }
  }
}
