package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A pass over data on the generated row kernels: it walks groups, tiles of channels, and rows. */
public final class TiledPass implements DataPass.OfBlock {
  // A loop over columns costs half the speed at one of them and a few percent at five; unrolled
  // ones cost warm-up, but can leave out zeros.
  private static final int MAX_UNROLLED_WHOLE = 3;
  private static final int MAX_UNROLLED = 5;

  private static final double MAX_USEFUL = 0.9;

  private final Convolution spec;
  private final List<Sweep> sweeps;

  private final Storing storing;

  /** What becomes of the sums. */
  private enum Storing {
    PLAIN,
    /** Negative ones become 0. */
    RECTIFIED,
    /** Some cells of the result are reached by no tap, and become 0. */
    WITH_GAPS,
    /** They are added to what is there. */
    ADDED
  }

  private TiledPass(Convolution spec, Storing storing) {
    this.spec = spec;
    this.storing = storing;
    sweeps = new ArrayList<>();
  }

  /** Plans the pass from the input to the output. */
  public static TiledPass forward(Library library, Convolution spec) {
    return forward(library, spec, false);
  }

  /**
   * Plans the pass from the input to the output.
   *
   * @param rectifies whether negative outputs become 0, while they are in the cache
   */
  public static TiledPass forward(Library library, Convolution spec, boolean rectifies) {
    TiledPass pass = new TiledPass(spec, rectifies ? Storing.RECTIFIED : Storing.PLAIN);
    Lines columns = Lines.forward(spec.window(), spec.out().width());
    Lines rows = Lines.forward(spec.window(), spec.out().height());
    pass.add(library, columns, rows, true);
    return pass;
  }

  /** Plans the pass from the gradient of the output to that of the input. */
  public static TiledPass backward(Library library, Convolution spec) {
    return backward(library, spec, false);
  }

  /**
   * Plans the pass from the gradient of the output to that of the input: one sweep for each residue
   * of rows and columns modulo the stride that some tap reaches.
   *
   * @param adds whether it adds to what is there, if {@link #adds} says so
   */
  public static TiledPass backward(Library library, Convolution spec, boolean adds) {
    Window window = spec.window();
    if (spec.outGradient().halo() < Convolution.gradientHalo(window, spec.in().width())) {
      throw new IllegalArgumentException("the output's gradient lacks a halo: " + spec);
    }
    int residues = Math.min(window.kernel(), window.stride());
    boolean hasGaps = residues < window.stride();
    Storing written = hasGaps ? Storing.WITH_GAPS : Storing.PLAIN;
    TiledPass pass = new TiledPass(spec, adds && fits(spec) ? Storing.ADDED : written);
    for (int py = 0; py < residues; py++) {
      Lines rows = Lines.backward(window, py, spec.in().height());
      for (int px = 0; px < residues; px++) {
        Lines columns = Lines.backward(window, px, spec.in().width());
        if (rows.places() > 0 && columns.places() > 0) {
          pass.add(library, columns, rows, false);
        }
      }
    }
    return pass;
  }

  /** Whether the way back has no tiles that overlap: what they have in common would count twice. */
  private static boolean fits(Convolution spec) {
    Window window = spec.window();
    for (int px = 0; px < Math.min(window.kernel(), window.stride()); px++) {
      int cells = Lines.backward(window, px, spec.in().width()).places() * spec.in().vectors();
      if (!RowTile.best(spec.groupInputs(), cells).divides(spec.groupInputs(), cells)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Plans a dense layer's pass over all blocks at once: each block's single cell counts as one of a
   * row.
   *
   * @param fromStride bytes from a block to the next
   * @param toStride the same in the result
   */
  public static TiledPass ofBlocks(
      Library library,
      Convolution spec,
      boolean isForward,
      int blocks,
      long fromStride,
      long toStride) {
    TiledPass pass = new TiledPass(spec, Storing.PLAIN);
    int step = (int) (fromStride / Vectors.BYTES);
    int outStep = (int) (toStride / Vectors.BYTES);
    Lines columns = new Lines(1, step, outStep, 0, 1, 0, blocks);
    pass.add(library, columns, new Lines(1, 1, 1, 0, 1, 0, 1), isForward);
    return pass;
  }

  private void add(Library library, Lines columns, Lines rows, boolean isForward) {
    sweeps.add(new Sweep(library, columns, rows, isForward));
  }

  /**
   * One direction of a sweep: output place i reads {@code taps} neighbours from {@code from + i *
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

    static Lines forward(Window window, int places) {
      return new Lines(window.kernel(), window.stride(), 1, 0, 1, -window.padding(), places);
    }

    static Lines backward(Window window, int residue, int inSize) {
      Convolution.Phase phase = Convolution.Phase.of(window, residue, inSize);
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
  private final class Sweep {
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
    private final boolean isByRows;

    Sweep(Library library, Lines columns, Lines rows, boolean isForward) {
      inputs = isForward ? spec.groupInputs() : spec.groupOutputs();
      outputs = isForward ? spec.groupOutputs() : spec.groupInputs();
      this.columns = columns;
      this.rows = rows;
      this.isForward = isForward;
      this.from = isForward ? spec.in() : spec.outGradient();
      this.to = isForward ? spec.out() : spec.inGradient();
      int cells = columns.places() * to.vectors();
      RowTile tile = RowTile.best(outputs, cells);
      tileOutputs = tile.outputs();
      tileCells = tile.cells();
      segments = segments(library, columns.taps(), cells);
      double weights = (double) inputs * outputs * rows.taps() * columns.taps() * Float.BYTES;
      double numbers = (double) inputs * from.plane();
      isByRows = weights * rows.places() < numbers * groupTiles();
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
      if (from.vectors() > 1 || taps > MAX_UNROLLED || from.isFlat()) {
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
          library.loop(
              new RowKernel.Form(
                  tileOutputs,
                  tileCells,
                  isWhole && taps > MAX_UNROLLED_WHOLE ? RowKernel.Form.LOOP : taps,
                  columns.step(),
                  columns.outStep(),
                  reach,
                  spec.window().kernel() == 1 && spec.window().padding() == 0,
                  isForward,
                  adds()));
      long step = (long) columns.step() * Vectors.BYTES;
      long outStep = (long) columns.outStep() * Vectors.BYTES;
      int start = start(first, cells);
      int last = end - first > 1 ? start(end - 1, cells) - start(end - 2, cells) : 0;
      long tap = spec.weightColumns() * (long) Float.BYTES;
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

    /** All tiles: row by row, or else the weights by tiles; what outweighs the other goes first. */
    void run(MemorySegment memory, long in, long weight, long bias, long out) {
      int tiles = groupTiles();
      for (int group = 0; group < spec.groups(); group++) {
        int first = group * tiles;
        if (isByRows) {
          for (int place = 0; place < rows.places(); place++) {
            run(memory, first, tiles, place, in, weight, bias, out);
          }
        } else {
          for (int tile = first; tile < first + tiles; tile++) {
            run(memory, tile, in, weight, bias, out);
          }
        }
      }
    }

    /** A row of all tiles. */
    void runRow(MemorySegment memory, int place, long in, long weight, long bias, long out) {
      run(memory, 0, tiles(), place, in, weight, bias, out);
    }

    private void run(
        MemorySegment memory,
        int first,
        int tiles,
        int place,
        long in,
        long weight,
        long bias,
        long out) {
      for (int tile = first; tile < first + tiles; tile++) {
        row(memory, tile, place, in, weight, bias, out);
      }
    }

    /** All rows of a tile. */
    void run(MemorySegment memory, int tile, long in, long weight, long bias, long out) {
      for (int place = 0; place < rows.places(); place++) {
        row(memory, tile, place, in, weight, bias, out);
      }
    }

    private void row(
        MemorySegment memory, int tile, int place, long in, long weight, long bias, long out) {
      int group = tile / groupTiles();
      int first = Math.min(tile % groupTiles() * tileOutputs, outputs - tileOutputs);
      int top = rows.from() + place * rows.step();
      int start = Math.max(0, -top);
      int count = Math.max(0, Math.min(rows.taps(), from.height() - top) - start);
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
                      * spec.weightColumns()
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
      for (int o = 0; storing == Storing.RECTIFIED && o < tileOutputs; o++) {
        long line = result + o * to.plane();
        MapLoops.relu(memory, line, line, columns.places() * to.vectors());
      }
    }
  }

  @Override
  public Optional<WeightTransform> weightTransform() {
    return Optional.empty();
  }

  @Override
  public boolean adds() {
    return storing == Storing.ADDED;
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public void run(MemorySegment memory, long from, long weight, long bias, long scratch, long to) {
    if (storing == Storing.WITH_GAPS) {
      int all = Math.toIntExact(spec.inGradient().bytes() / Vectors.BYTES);
      MapLoops.fill(memory, to, all, 0f);
    }
    for (int i = 0; i < sweeps.size(); i++) {
      sweeps.get(i).run(memory, from, weight, bias, to);
    }
  }

  /** The same as the whole, for one row of the output of a pass forward. */
  public void runRow(MemorySegment memory, int row, long in, long weight, long bias, long out) {
    sweeps.getFirst().runRow(memory, row, in, weight, bias, out);
  }

  /** Tiles of the result: of its channels, for each sweep. */
  public int tiles() {
    int tiles = 0;
    for (int i = 0; i < sweeps.size(); i++) {
      tiles += sweeps.get(i).tiles();
    }
    return tiles;
  }

  /** The same as the whole, for one tile of a pass that leaves no gaps. */
  public void run(MemorySegment memory, int tile, long from, long weight, long bias, long to) {
    int left = tile;
    for (int i = 0; i < sweeps.size(); i++) {
      Sweep sweep = sweeps.get(i);
      if (left < sweep.tiles()) {
        sweep.run(memory, left, from, weight, bias, to);
        return;
      }
      left -= sweep.tiles();
    }
  }
}
