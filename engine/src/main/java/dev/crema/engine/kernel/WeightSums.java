package dev.crema.engine.kernel;

import dev.crema.engine.Convolution.Spec;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/** How a convolution sums its weights' gradient: with images or with channels in the lanes. */
sealed interface WeightSums {
  /** For programs that do not train. */
  WeightSums NONE = new None();

  void add(MemorySegment memory, long in, long outGradient, long scratch, long sums);

  void finish(
      MemorySegment memory, int tile, long sums, long stride, int groups, long scratch, long out);

  int tiles();

  long scratchBytes();

  long sumsBytes();

  static WeightSums of(Library library, Spec spec) {
    return spec.groups() == 1 && spec.out().channels() >= Vectors.LANES
        ? new InChannels(library, spec)
        : new InImages(library, spec);
  }

  /** Output rows, of these, for which this kernel row lies inside the input. */
  record Rows(int first, int count) {
    /** What the innermost loops go over again and again should stay in the first-level cache. */
    private static final int CACHE_BYTES = 20 << 10;

    Rows reaching(Spec spec, int kernelRow) {
      int stride = spec.window().stride();
      int padding = spec.window().padding();
      int start = Math.max(first, Math.ceilDiv(padding - kernelRow, stride));
      int last =
          Math.min(
              first + count - 1,
              Math.floorDiv(spec.in().height() - 1 + padding - kernelRow, stride));
      return new Rows(start, Math.max(0, last - start + 1));
    }

    /** All output rows, in bands of which each fits the cache. */
    static List<Rows> bands(int height, long rowBytes) {
      int rows = (int) Math.clamp(CACHE_BYTES / rowBytes, 1, height);
      int bands = Math.ceilDiv(height, rows);
      return IntStream.range(0, bands)
          .mapToObj(band -> {
            int first = band * height / bands;
            return new Rows(first, (band + 1) * height / bands - first);
          })
          .toList();
    }
  }

  /** The largest tile of vectors that divides them all. */
  static int vectorTile(int all) {
    return all % 4 == 0 ? 4 : all % 3 == 0 ? 3 : all % 2 == 0 ? 2 : 1;
  }

  /** Nothing to sum. */
  record None() implements WeightSums {
    @Override
    public void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {}

    @Override
    public void finish(
        MemorySegment memory,
        int tile,
        long sums,
        long stride,
        int groups,
        long scratch,
        long out) {}

    @Override
    public int tiles() {
      return 0;
    }

    @Override
    public long scratchBytes() {
      return 0;
    }

    @Override
    public long sumsBytes() {
      return 0;
    }
  }

  /** One vector of partial sums for each weight: [output][input][kernel row][kernel column]. */
  final class InImages implements WeightSums {
    private static final int MAX_SUMS = 20;
    private static final TransposeKernel.Strides SQUARE =
        new TransposeKernel.Strides(1, Vectors.BYTES, Vectors.BYTES, 0, 0);

    private final Spec spec;
    private final int kernelRows;
    private final int tileOutputs;
    private final ImageGradientKernel kernel;
    private final ImageGradientKernel rest;
    private final ImageGradientKernel.Strides strides;
    private final TransposeKernel transpose;
    private final List<Rows> bands;

    InImages(Library library, Spec spec) {
      this.spec = spec;
      int k = spec.window().kernel();
      int stride = spec.window().stride();
      int outputs = spec.groupOutputs();
      // One output alone leaves too few sums to hide the latency of a multiply-add.
      boolean whole = outputs == 1 && spec.window().padding() == 0 && k * k <= MAX_SUMS;
      kernelRows = whole ? k : 1;
      tileOutputs = bestTile(outputs, Math.max(1, MAX_SUMS / (kernelRows * k)));
      kernel =
          library.imageGradient(new ImageGradientKernel.Form(tileOutputs, kernelRows, k, stride));
      int left = outputs % tileOutputs;
      rest =
          left == 0
              ? kernel
              : library.imageGradient(new ImageGradientKernel.Form(left, kernelRows, k, stride));
      strides =
          new ImageGradientKernel.Strides(
              spec.out().width(),
              (long) stride * Vectors.BYTES,
              Vectors.BYTES,
              spec.in().row(),
              spec.outGradient().row(),
              spec.outGradient().plane(),
              (long) spec.groupInputs() * k * k * Vectors.BYTES);
      transpose = library.transpose(new TransposeKernel.Form(Vectors.LANES));
      bands =
          Rows.bands(
              spec.out().height(),
              tileOutputs * spec.outGradient().row() + stride * spec.in().row());
    }

    private static int bestTile(int outputs, int limit) {
      int best = Math.min(outputs, limit);
      for (int tile = best; 2 * tile > best; tile--) {
        if (outputs % tile == 0) {
          return tile;
        }
      }
      return best;
    }

    @Override
    public void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {
      int outputs = spec.groupOutputs();
      for (int group = 0; group < spec.groups(); group++) {
        for (int o = 0; o < outputs; o += tileOutputs) {
          ImageGradientKernel loop = o + tileOutputs <= outputs ? kernel : rest;
          for (int b = 0; b < bands.size(); b++) {
            band(memory, loop, group, group * outputs + o, bands.get(b), in, outGradient, sums);
          }
        }
      }
    }

    private void band(
        MemorySegment memory,
        ImageGradientKernel loop,
        int group,
        int output,
        Rows band,
        long in,
        long outGradient,
        long sums) {
      int k = spec.window().kernel();
      int stride = spec.window().stride();
      int padding = spec.window().padding();
      for (int c = 0; c < spec.groupInputs(); c++) {
        int inChannel = group * spec.groupInputs() + c;
        for (int ky = 0; ky < k; ky += kernelRows) {
          Rows rows = kernelRows > 1 ? band : band.reaching(spec, ky);
          int top = rows.first() * stride - padding + ky;
          loop.run(
              memory,
              strides,
              in + spec.in().at(inChannel, top, -padding),
              outGradient + spec.outGradient().at(output, rows.first(), 0),
              sums + (((long) output * spec.groupInputs() + c) * k + ky) * k * Vectors.BYTES,
              rows.count());
        }
      }
    }

    private int weights() {
      int k = spec.window().kernel();
      return spec.out().channels() * spec.groupInputs() * k * k;
    }

    @Override
    public int tiles() {
      return Math.ceilDiv(weights(), Vectors.LANES);
    }

    @Override
    public long scratchBytes() {
      return 2L * Vectors.LANES * Vectors.BYTES;
    }

    @Override
    public long sumsBytes() {
      return (long) tiles() * Vectors.LANES * Vectors.BYTES;
    }

    /** Adds the groups' vectors of as many weights as a vector has lanes, then their lanes. */
    @Override
    public void finish(
        MemorySegment memory,
        int tile,
        long sums,
        long stride,
        int groups,
        long scratch,
        long out) {
      long from = sums + (long) tile * Vectors.LANES * Vectors.BYTES;
      VectorLoops.sum(memory, (long) Vectors.LANES * Vectors.BYTES, from, stride, groups, scratch);
      long turned = scratch + (long) Vectors.LANES * Vectors.BYTES;
      transpose.run(memory, SQUARE, scratch, turned);
      VectorLoops.sum(memory, Vectors.BYTES, turned, Vectors.BYTES, Vectors.LANES, scratch);
      int k = spec.window().kernel();
      int perOutput = spec.groupInputs() * k * k;
      int count = Math.min(Vectors.LANES, weights() - tile * Vectors.LANES);
      for (int i = 0; i < count; i++) {
        int weight = tile * Vectors.LANES + i;
        long place = (long) (weight % perOutput) * spec.paddedOutputs() + weight / perOutput;
        Vectors.set(
            memory,
            out + place * Float.BYTES,
            Vectors.get(memory, scratch + (long) i * Float.BYTES));
      }
    }
  }

  /** Sums that lie as the weights do. */
  final class InChannels implements WeightSums {
    private static final int MAX_SUMS = 24;
    private static final long FINISH_BYTES = 1 << 14;

    private final Spec spec;
    private final int vectors;
    private final int inputs;
    private final int taps;
    private final ChannelGradientKernel kernel;
    private final ChannelGradientKernel rest;
    private final ChannelGradientKernel.Strides strides;
    private final TransposedChannels transposed;
    private final List<Rows> bands;

    InChannels(Library library, Spec spec) {
      this.spec = spec;
      int k = spec.window().kernel();
      int stride = spec.window().stride();
      int all = spec.paddedOutputs() / Vectors.LANES;
      vectors = vectorTile(all);
      taps = k * vectors <= MAX_SUMS ? k : 1;
      inputs = evenTile(spec.groupInputs(), Math.max(1, MAX_SUMS / (taps * vectors)));
      // With one vector, numbers of the input are most of what is loaded: use each for two cells.
      int cells = vectors == 1 && stride == 1 && spec.out().width() % 2 == 0 ? 2 : 1;
      kernel =
          library.channelGradient(
              new ChannelGradientKernel.Form(inputs, taps, vectors, cells, stride));
      int left = spec.groupInputs() % inputs;
      rest =
          left == 0
              ? kernel
              : library.channelGradient(
                  new ChannelGradientKernel.Form(left, taps, vectors, cells, stride));
      long image = (long) spec.paddedOutputs() * Float.BYTES;
      long tap = image;
      strides =
          new ChannelGradientKernel.Strides(
              spec.out().width() / cells,
              Float.BYTES,
              ((long) cells * stride - 1) * Vectors.BYTES,
              spec.in().plane(),
              spec.in().row(),
              image,
              image * Vectors.LANES,
              image * Vectors.LANES * (cells - 1),
              image * Vectors.LANES * spec.out().width(),
              tap * k * k,
              tap);
      transposed = new TransposedChannels(library, spec.outGradient());
      bands =
          Rows.bands(
              spec.out().height(),
              (long) vectors * Vectors.BYTES * Vectors.LANES * spec.out().width());
    }

    /** The largest tile that splits the channels as evenly as the limit allows. */
    private static int evenTile(int channels, int limit) {
      return Math.ceilDiv(channels, Math.ceilDiv(channels, limit));
    }

    @Override
    public void add(MemorySegment memory, long in, long outGradient, long scratch, long sums) {
      transposed.run(memory, outGradient, scratch);
      int all = spec.paddedOutputs() / Vectors.LANES;
      for (int v = 0; v < all; v += vectors) {
        for (int b = 0; b < bands.size(); b++) {
          band(memory, (long) v * Vectors.BYTES, bands.get(b), in, scratch, sums);
        }
      }
    }

    private void band(
        MemorySegment memory, long lanes, Rows band, long in, long scratch, long sums) {
      int k = spec.window().kernel();
      int padding = spec.window().padding();
      for (int ky = 0; ky < k; ky++) {
        Rows rows = band.reaching(spec, ky);
        int top = rows.first() * spec.window().stride() - padding + ky;
        for (int kx = 0; kx < k; kx += taps) {
          for (int c = 0; c < spec.groupInputs(); c += inputs) {
            ChannelGradientKernel loop = c + inputs <= spec.groupInputs() ? kernel : rest;
            loop.run(
                memory,
                strides,
                in + spec.in().at(c, top, kx - padding),
                scratch + rows.first() * strides.transposedRow() + lanes,
                sums + (((long) c * k + ky) * k + kx) * spec.paddedOutputs() * Float.BYTES + lanes,
                rows.count());
          }
        }
      }
    }

    @Override
    public int tiles() {
      return (int) Math.ceilDiv(sumsBytes(), FINISH_BYTES);
    }

    @Override
    public long scratchBytes() {
      return transposed.bytes();
    }

    @Override
    public long sumsBytes() {
      return spec.weightBytes();
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
      long start = tile * FINISH_BYTES;
      long bytes = Math.min(FINISH_BYTES, sumsBytes() - start);
      VectorLoops.sum(memory, bytes, sums + start, stride, groups, out + start);
    }
  }

  /** Turns a block's gradient so that the channels of one image and cell follow each other. */
  final class TransposedChannels {
    private final Volume volume;
    private final long image;
    private final TransposeKernel full;
    private final TransposeKernel last;
    private final TransposeKernel.Strides strides;

    TransposedChannels(Library library, Volume volume) {
      this.volume = volume;
      image = (long) Math.ceilDiv(volume.channels(), Vectors.LANES) * Vectors.BYTES;
      // Features are padded with zeros, channels of images are not.
      int left = volume.isFlat() ? 0 : volume.channels() % Vectors.LANES;
      full = library.transpose(new TransposeKernel.Form(Vectors.LANES));
      last = left == 0 ? full : library.transpose(new TransposeKernel.Form(left));
      strides =
          new TransposeKernel.Strides(
              volume.width() * volume.vectors(),
              volume.plane(),
              image,
              Vectors.BYTES,
              image * Vectors.LANES);
    }

    long bytes() {
      return image * Vectors.LANES * volume.cells() * volume.vectors();
    }

    void run(MemorySegment memory, long from, long to) {
      for (int c = 0; c < volume.channels(); c += Vectors.LANES) {
        TransposeKernel kernel = c + Vectors.LANES <= volume.channels() ? full : last;
        for (int y = 0; y < volume.height(); y++) {
          kernel.run(
              memory,
              strides,
              from + volume.at(c, y, 0),
              to
                  + y * strides.toSquare() * strides.squares()
                  + (long) c / Vectors.LANES * Vectors.BYTES);
        }
      }
    }
  }
}
