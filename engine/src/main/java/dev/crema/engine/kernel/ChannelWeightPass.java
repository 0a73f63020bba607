package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.Volume;
import dev.crema.engine.WeightPass;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/** Sums that lie as the weights do. */
public final class ChannelWeightPass implements WeightPass.OfBlock {
  /**
   * Eight inputs by three vectors, or 16 by one, are just more than the compiler inlines, on some
   * days: the last load stays a call, before which all sums are stored, at a fifth of the speed.
   */
  private static final int MAX_SUMS_OF_THREE = Math.min(21, Registers.SUMS);

  private static final int MAX_SUMS_OF_ONE = Math.min(15, Registers.SUMS);

  /** Fewer do not hide the latency of a multiply-add. */
  private static final int FEW_SUMS = 12;

  private static final int MIN_CELLS = 36;

  /** What is transposed at once should stay in the second-level cache, beside the input's rows. */
  private static final int STRIP_BYTES = 1 << 18;

  /** It takes as much at most, if it would be too few cells otherwise. */
  private static final int MAX_STRIP_BYTES = 1 << 20;

  /** Of a row that is used at once: shorter stretches cost more calls than they save loads. */
  private static final int STRETCH_BYTES = 80 << 10;

  private final Convolution spec;
  private final WeightSums weightSums;
  private final List<Part> parts;

  /** Plans the loops. */
  public ChannelWeightPass(Library library, Convolution spec) {
    this.spec = spec;
    weightSums = new WeightSums(spec.weightBytes());
    int all = spec.paddedOutputs() / Vectors.LANES;
    int first = firstVectors(all);
    parts =
        first == all
            ? List.of(new Part(library, 0, all))
            : List.of(new Part(library, 0, first), new Part(library, first, all - first));
  }

  /**
   * Vectors of a first part, where there are too many for one tile and no size of tile but one
   * divides them: four at a time, or two of few registers, leave a rest that others divide.
   */
  private static int firstVectors(int all) {
    if (all < 5 || vectorTile(all) > 1) {
      return all;
    }
    if (Registers.ARE_FEW) {
      return all - 3;
    }
    return all == 5 ? 3 : all % 4 == 3 ? all - 3 : all - 9;
  }

  /** Output rows whose gradient is transposed at once, in bands that are used at once. */
  private record Strip(Rows rows, List<Rows> bands) {}

  /**
   * Neighbouring cells of the rows of a band.
   *
   * @param in from the row's first input cell to that of these
   * @param transposed the same in the transposed gradient
   */
  private record Stretch(ChannelGradientKernel.Strides strides, long in, long transposed) {}

  /** Neighbouring vectors of outputs, which tiles of one size make. */
  private final class Part {
    private final int first;
    private final int all;
    private final int vectors;
    private final int inputs;
    private final int taps;
    private final InputTiles tiles;
    private final TransposedChannels transposed;
    private final List<Strip> strips;
    private final List<Stretch> stretches;
    private final long transposedRow;

    /**
     * Plans the loops.
     *
     * @param first the first vector
     * @param all how many there are
     */
    Part(Library library, int first, int all) {
      this.first = first;
      this.all = all;
      int k = spec.window().kernel();
      int stride = spec.window().stride();
      vectors = vectorTile(all, k, spec.groupInputs());
      taps = k * vectors <= Registers.SUMS ? k : 1;
      inputs = inputTile(spec.groupInputs(), taps, vectors);
      // With one vector, numbers of the input are most of what is loaded: use each for two cells.
      int cells = vectors == 1 && stride == 1 && spec.out().width() % 2 == 0 ? 2 : 1;
      tiles =
          InputTiles.of(
              library,
              spec.groupInputs(),
              new ChannelGradientKernel.Form(inputs, taps, vectors, cells, stride));
      transposed = new TransposedChannels(library, gradient(), vectors);
      transposedRow = transposed.rowBytes();
      long bandRow = (long) vectors * Vectors.BYTES * Vectors.LANES * spec.out().width();
      strips =
          new Rows(0, spec.out().height())
              .bands(stripRows()).stream()
                  .map(rows -> new Strip(rows, rows.bands(bandRows(bandRow))))
                  .toList();
      stretches = stretches(cells, (int) Math.max(1, bandRow / STRETCH_BYTES));
    }

    private int firstOutput() {
      return first * Vectors.LANES;
    }

    /** Its channels of the output's gradient. */
    private Volume gradient() {
      Volume whole = spec.outGradient();
      return whole.withChannels(Math.min(whole.channels() - firstOutput(), all * Vectors.LANES));
    }

    /** Rows of a strip: enough for a band, if the cache holds them. */
    private long stripRows() {
      long least = STRIP_BYTES / transposedRow;
      return Math.clamp(MIN_CELLS / spec.out().width(), least, MAX_STRIP_BYTES / transposedRow);
    }

    /**
     * Rows of a band: as many as the cache holds, but not so few cells that calls are what counts.
     */
    private long bandRows(long bytes) {
      return Math.max(Rows.CACHE_BYTES / bytes, MIN_CELLS / spec.out().width());
    }

    /** All cells of a row, in so many stretches, or as many as there are turns. */
    private List<Stretch> stretches(int cells, int most) {
      int turns = spec.out().width() / cells;
      int count = Math.min(turns, most);
      int k = spec.window().kernel();
      int stride = spec.window().stride();
      long outputs = (long) spec.paddedOutputs() * Float.BYTES;
      long image = transposed.panels().image();
      return IntStream.range(0, count)
          .mapToObj(i -> {
            int start = i * turns / count;
            ChannelGradientKernel.Strides strides =
                new ChannelGradientKernel.Strides(
                    (i + 1) * turns / count - start,
                    Float.BYTES,
                    ((long) cells * stride - 1) * Vectors.BYTES,
                    spec.in().plane(),
                    spec.in().row(),
                    image,
                    image * Vectors.LANES,
                    image * Vectors.LANES * (cells - 1),
                    transposedRow,
                    outputs * k * k,
                    outputs);
            long cell = (long) start * cells;
            return new Stretch(
                strides, cell * stride * Vectors.BYTES, cell * image * Vectors.LANES);
          })
          .toList();
    }

    long scratchBytes() {
      return strips.stream()
          .mapToLong(strip -> strip.rows().count() * transposedRow)
          .max()
          .orElse(0);
    }

    void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {
      long from = outGradient + firstOutput() * spec.outGradient().plane();
      for (int s = 0; s < strips.size(); s++) {
        Rows rows = strips.get(s).rows();
        transposed.run(memory, from, scratch, rows.first(), rows.count());
        long front = scratch - rows.first() * transposedRow;
        for (int v = 0; v < all; v += vectors) {
          List<Rows> bands = strips.get(s).bands();
          for (int b = 0; b < bands.size(); b++) {
            for (int i = 0; i < stretches.size(); i++) {
              band(memory, v, bands.get(b), stretches.get(i), in, front, sums);
            }
          }
        }
      }
    }

    private void band(
        MemorySegment memory,
        int vector,
        Rows band,
        Stretch stretch,
        long in,
        long gradient,
        long sums) {
      int k = spec.window().kernel();
      int padding = spec.window().padding();
      long panel = gradient + transposed.panels().at(vector);
      long lanes = (long) (first + vector) * Vectors.BYTES;
      for (int ky = 0; ky < k; ky++) {
        Rows rows = band.reaching(spec, ky);
        int top = rows.first() * spec.window().stride() - padding + ky;
        for (int kx = 0; kx < k; kx += taps) {
          for (int c = 0; c < spec.groupInputs(); c += inputs) {
            tiles
                .next(spec.groupInputs() - c)
                .run(
                    memory,
                    stretch.strides(),
                    in + spec.in().at(c, top, kx - padding) + stretch.in(),
                    panel + rows.first() * transposedRow + stretch.transposed(),
                    sums
                        + (((long) c * k + ky) * k + kx) * spec.paddedOutputs() * Float.BYTES
                        + lanes,
                    rows.count());
          }
        }
      }
    }
  }

  /** The largest tile of inputs that splits them all as evenly as the registers allow. */
  static int inputTile(int channels, int taps, int vectors) {
    int sums =
        switch (vectors) {
          case 1 -> MAX_SUMS_OF_ONE;
          case 3 -> MAX_SUMS_OF_THREE;
          default -> Registers.SUMS;
        };
    int limit = Math.max(1, sums / (taps * vectors));
    return Math.ceilDiv(channels, Math.ceilDiv(channels, limit));
  }

  @Override
  public void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {
    for (int i = 0; i < parts.size(); i++) {
      parts.get(i).add(memory, in, outGradient, scratch, sums);
    }
  }

  @Override
  public int tiles() {
    return weightSums.tiles();
  }

  @Override
  public long scratchBytes() {
    return parts.stream().mapToLong(Part::scratchBytes).max().orElse(0);
  }

  @Override
  public long sumsBytes() {
    return weightSums.bytes();
  }

  @Override
  public void finish(
      MemorySegment memory, int tile, long sums, long stride, int groups, long scratch, long out) {
    weightSums.add(memory, tile, sums, stride, groups, out);
  }

  /** The largest tile of vectors that divides them all. */
  static int vectorTile(int all) {
    if (Registers.ARE_FEW) {
      return all % 2 == 0 ? 2 : all % 3 == 0 ? 3 : 1;
    }
    return all % 4 == 0 ? 4 : all % 3 == 0 ? 3 : all % 2 == 0 ? 2 : 1;
  }

  /** The same; less where few inputs leave too few sums, and all taps of a row make more. */
  private static int vectorTile(int all, int k, int inputs) {
    int largest = vectorTile(all);
    if (k * largest <= Registers.SUMS || inputs * largest >= FEW_SUMS) {
      return largest;
    }
    return IntStream.of(3, 2, 1)
        .filter(vectors -> all % vectors == 0 && k * vectors <= Registers.SUMS)
        .findFirst()
        .orElse(largest);
  }
}
