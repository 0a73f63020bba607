package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A convolution on the generated row kernels: it walks groups, tiles of channels, and rows. */
public final class TiledConvolution implements Convolution {
  // What a tile costs beyond its multiplications, to rank tiles as they were measured: 6 x 4, 4 x 5
  // and 3 x 7 are the fastest, and with more than 28 vectors (4 x 6, 3 x 8) sums spill to memory.
  private static final double LOAD_COST = 0.5;
  private static final int TILE_OVERHEAD = 2;
  private static final int MAX_VECTORS = 28;

  private static final int[] OUTPUTS = {12, 8, 6, 4, 3, 2, 1};
  private static final int[] CELLS = {8, 7, 6, 5, 4, 3, 2, 1};
  private static final int MAX_SUMS = 24;

  // A loop over columns costs half the speed at one of them and a few percent at five; unrolled
  // ones
  // cost warm-up, but can leave out zeros.
  private static final int MAX_UNROLLED_WHOLE = 3;
  private static final int MAX_UNROLLED = 5;

  private static final double MAX_USEFUL = 0.9;

  private final Spec spec;
  private final Pass forward;
  private final List<Pass> backwardData;
  private final WeightSums weightSums;

  /** Plans the passes. */
  public TiledConvolution(Library library, Spec spec, Passes passes) {
    this.spec = spec;
    Window window = spec.window();
    if (passes.data()
        && spec.outGradient().halo() < Convolution.gradientHalo(window, spec.in().width())) {
      throw new IllegalArgumentException("the output's gradient lacks a halo: " + spec);
    }
    forward =
        new Pass(
            library,
            spec.groupInputs(),
            spec.groupOutputs(),
            new Lines(
                window.kernel(), window.stride(), 1, 0, 1, -window.padding(), spec.out().width()),
            new Lines(
                window.kernel(), window.stride(), 1, 0, 1, -window.padding(), spec.out().height()),
            true);
    backwardData = passes.data() ? backwardPasses(library) : List.of();
    weightSums = passes.weights() ? WeightSums.of(library, spec) : WeightSums.NONE;
  }

  /** One pass for each residue of rows and columns modulo the stride. */
  private List<Pass> backwardPasses(Library library) {
    List<Pass> passes = new ArrayList<>();
    Window window = spec.window();
    for (int py = 0; py < window.stride(); py++) {
      Lines rows = Lines.backward(window, py, spec.in().height());
      for (int px = 0; px < window.stride(); px++) {
        Lines columns = Lines.backward(window, px, spec.in().width());
        if (rows.places() > 0 && columns.places() > 0) {
          passes.add(
              new Pass(library, spec.groupOutputs(), spec.groupInputs(), columns, rows, false));
        }
      }
    }
    return passes;
  }

  /**
   * One direction of a pass: output place i reads {@code taps} neighbours from {@code from + i *
   * step} on, and is cell {@code first + i * outStep}; tap j is kernel column {@code kernelFirst +
   * j * kernelStep}.
   */
  private record Lines(
      int taps,
      int step,
      int outStep,
      int first,
      int kernelStep,
      int from,
      int places,
      int kernelFirst) {
    Lines(int taps, int step, int outStep, int first, int kernelStep, int from, int places) {
      this(taps, step, outStep, first, kernelStep, from, places, 0);
    }

    static Lines backward(Window window, int residue, int inSize) {
      Phase phase = Phase.of(window, residue, inSize);
      return new Lines(
          phase.taps(),
          1,
          window.stride(),
          phase.first(),
          -window.stride(),
          phase.from() - (phase.taps() - 1),
          phase.places(),
          residue + window.stride() * (phase.taps() - 1));
    }
  }

  /** One sweep of a row kernel over all channels and rows of a result. */
  private final class Pass {
    private final int inputs;
    private final int outputs;
    private final Lines columns;
    private final Lines rows;
    private final boolean isForward;
    private final Volume from;
    private final Volume to;
    private final int tileOutputs;
    private final int tileCells;
    private final List<Segment> segments;

    Pass(Library library, int inputs, int outputs, Lines columns, Lines rows, boolean isForward) {
      this.inputs = inputs;
      this.outputs = outputs;
      this.columns = columns;
      this.rows = rows;
      this.isForward = isForward;
      this.from = isForward ? spec.in() : spec.outGradient();
      this.to = isForward ? spec.out() : spec.inGradient();
      int cells = columns.places() * to.vectors();
      int bestOutputs = 1;
      int bestCells = 1;
      double best = Double.MAX_VALUE;
      for (int o : OUTPUTS) {
        for (int c : CELLS) {
          if (o > outputs || c > cells || o * c > MAX_SUMS || o * c + c > MAX_VECTORS) {
            continue;
          }
          double tile = o * c + LOAD_COST * (o + c) + TILE_OVERHEAD;
          double cost = Math.ceilDiv(outputs, o) * Math.ceilDiv(cells, c) * tile;
          if (cost < best) {
            best = cost;
            bestOutputs = o;
            bestCells = c;
          }
        }
      }
      tileOutputs = bestOutputs;
      tileCells = bestCells;
      segments = segments(library, Math.max(1, columns.taps()), cells);
    }

    /** Tiles of a row that one kernel handles, and where the first one starts. */
    private record Segment(RowKernel kernel, RowKernel.Strides strides, long in, long out) {}

    /** How many cells lie under a tile's taps. */
    private int span(int taps) {
      return (tileCells - 1) * columns.step() + taps;
    }

    /** Of the cells that lie under a tile's taps, those that are not zeros beside the row. */
    private RowKernel.Reach reach(int start, int taps) {
      int span = span(taps);
      if (from.vectors() > 1 || taps > MAX_UNROLLED) {
        return new RowKernel.Reach(0, span);
      }
      int first = columns.from() + start * columns.step();
      return new RowKernel.Reach(
          Math.clamp(-first, 0, span), Math.clamp(from.width() - first, 0, span));
    }

    private List<Segment> segments(Library library, int taps, int cells) {
      int tiles = Math.ceilDiv(cells, tileCells);
      RowKernel.Reach whole = new RowKernel.Reach(0, span(taps));
      List<RowKernel.Reach> reaches = new ArrayList<>();
      int useful = 0;
      for (int tile = 0; tile < tiles; tile++) {
        reaches.add(reach(start(tile, cells), taps));
        useful += reaches.getLast().products(tileCells, taps, columns.step());
      }
      // More kernels cost warm-up: only if there is much to save.
      if (useful > MAX_USEFUL * tiles * tileCells * taps) {
        reaches.replaceAll(reach -> whole);
      }
      List<Segment> made = new ArrayList<>();
      int first = 0;
      for (int tile = 1; tile <= tiles; tile++) {
        if (tile == tiles || !reaches.get(tile).equals(reaches.get(first))) {
          made.add(segment(library, taps, reaches.get(first), cells, first, tile));
          first = tile;
        }
      }
      return made;
    }

    /** The first cell of a tile: where tiles do not fit the row, the last one overlaps. */
    private int start(int tile, int cells) {
      return Math.min(tile * tileCells, cells - tileCells);
    }

    private Segment segment(
        Library library, int taps, RowKernel.Reach reach, int cells, int first, int end) {
      boolean isWhole = reach.equals(new RowKernel.Reach(0, span(taps)));
      RowKernel kernel =
          library.row(
              new RowKernel.Form(
                  tileOutputs,
                  tileCells,
                  isWhole && taps > MAX_UNROLLED_WHOLE ? RowKernel.Form.LOOP : taps,
                  columns.step(),
                  columns.outStep(),
                  reach,
                  isForward,
                  isForward && spec.relu()));
      long step = (long) columns.step() * Vectors.BYTES;
      long outStep = (long) columns.outStep() * Vectors.BYTES;
      int start = start(first, cells);
      int last = end - first > 1 ? start(end - 1, cells) - start(end - 2, cells) : 0;
      long tap = spec.paddedOutputs() * (long) Float.BYTES;
      long row = tap * spec.window().kernel();
      long channel = row * spec.window().kernel();
      RowKernel.Strides strides =
          new RowKernel.Strides(
              inputs,
              taps,
              end - first,
              Vectors.BYTES,
              from.plane(),
              from.row(),
              isForward ? channel : Float.BYTES,
              rows.kernelStep() * row,
              columns.kernelStep() * tap,
              isForward ? Float.BYTES : channel,
              to.plane(),
              tileCells * step,
              last * step,
              tileCells * outStep,
              last * outStep);
      return new Segment(kernel, strides, start * step, start * outStep);
    }

    int tiles() {
      return spec.groups() * groupTiles();
    }

    private int groupTiles() {
      return Math.ceilDiv(outputs, tileOutputs);
    }

    void run(MemorySegment memory, int tile, long in, long weight, long bias, long out) {
      int group = tile / groupTiles();
      int first = Math.min(tile % groupTiles() * tileOutputs, outputs - tileOutputs);
      for (int place = 0; place < rows.places(); place++) {
        row(memory, group, first, place, in, weight, bias, out);
      }
    }

    private void row(
        MemorySegment memory,
        int group,
        int first,
        int place,
        long in,
        long weight,
        long bias,
        long out) {
      int top = rows.from() + place * rows.step();
      int start = Math.max(0, -top);
      int count =
          columns.taps() == 0 ? 0 : Math.max(0, Math.min(rows.taps(), from.height() - top) - start);
      long source = count == 0 ? in : in + from.at(group * inputs, top + start, columns.from());
      int ky = rows.kernelFirst() + start * rows.kernelStep();
      int kx = columns.kernelFirst();
      int channel = isForward ? 0 : first;
      int output = group * spec.groupOutputs() + (isForward ? first : 0);
      int kernelSize = spec.window().kernel();
      long weights =
          count == 0
              ? weight
              : weight
                  + (((long) channel * kernelSize + ky) * kernelSize + kx)
                      * spec.paddedOutputs()
                      * Float.BYTES
                  + (long) output * Float.BYTES;
      long biases = bias + (isForward ? (long) output * Float.BYTES : 0);
      long result =
          out
              + to.at(
                  group * outputs + first, rows.first() + place * rows.outStep(), columns.first());
      for (int i = 0; i < segments.size(); i++) {
        Segment each = segments.get(i);
        each.kernel()
            .run(
                memory,
                each.strides(),
                source + each.in(),
                weights,
                biases,
                result + each.out(),
                count);
      }
    }
  }

  @Override
  public void forward(MemorySegment memory, long in, long weight, long bias, long out) {
    int tiles = forwardTiles();
    for (int tile = 0; tile < tiles; tile++) {
      forward(memory, tile, in, weight, bias, out);
    }
  }

  @Override
  public int forwardTiles() {
    return forward.tiles();
  }

  @Override
  public void forward(MemorySegment memory, int tile, long in, long weight, long bias, long out) {
    forward.run(memory, tile, in, weight, bias, out);
  }

  @Override
  public void backwardData(MemorySegment memory, long outGradient, long weight, long inGradient) {
    for (int i = 0; i < backwardData.size(); i++) {
      Pass pass = backwardData.get(i);
      int tiles = pass.tiles();
      for (int tile = 0; tile < tiles; tile++) {
        pass.run(memory, tile, outGradient, weight, 0, inGradient);
      }
    }
  }

  @Override
  public int backwardDataTiles() {
    int tiles = 0;
    for (int i = 0; i < backwardData.size(); i++) {
      tiles += backwardData.get(i).tiles();
    }
    return tiles;
  }

  @Override
  public void backwardData(
      MemorySegment memory, int tile, long outGradient, long weight, long inGradient) {
    int left = tile;
    for (int i = 0; i < backwardData.size(); i++) {
      Pass pass = backwardData.get(i);
      if (left < pass.tiles()) {
        pass.run(memory, left, outGradient, weight, 0, inGradient);
        return;
      }
      left -= pass.tiles();
    }
  }

  @Override
  public void backwardWeights(
      MemorySegment memory, long in, long outGradient, long scratch, long sums) {
    weightSums.add(memory, in, outGradient, scratch, sums);
  }

  @Override
  public long scratchBytes() {
    return weightSums.scratchBytes();
  }

  @Override
  public long sumsBytes() {
    return weightSums.sumsBytes();
  }

  @Override
  public int finishTiles() {
    return weightSums.tiles();
  }

  @Override
  public void finish(
      MemorySegment memory, int tile, long sums, long stride, int groups, long scratch, long out) {
    weightSums.finish(memory, tile, sums, stride, groups, scratch, out);
  }
}
