package dev.crema.nn;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.WeightPass;
import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.TiledPass;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/**
 * Adds the steps of one convolution's three passes, each in the fastest way that there is for it.
 *
 * @param to the layer's place in the program
 * @param spec the convolution's shape
 */
record ConvolutionSteps(Lowering to, Convolution spec) {
  /** What stays in the second-level cache beside other numbers. */
  private static final long CACHE_BYTES = 1 << 19;

  /** From the input to the output, or to that of the Relu that reads it. */
  void forward() {
    forward(DataPass.forward(library(), spec, to.blocks(), to.rectifies()));
  }

  private void forward(DataPass pass) {
    add(pass, to.input(), to.parameter("weight"), to.biasOrZeros(), to.output());
  }

  /**
   * The same of convolutions of single cells that read one input: row by row, so that it comes from
   * memory once, unless it stays in the cache anyway.
   */
  static void forward(List<ConvolutionSteps> siblings) {
    ConvolutionSteps first = siblings.getFirst();
    Value in = first.to.input();
    if (siblings.size() == 1) {
      first.forward();
      return;
    }
    if (in.volume().bytes() <= CACHE_BYTES) {
      siblings.forEach(each -> each.forward(each.tiled()));
      return;
    }
    List<Turn> turns = siblings.stream().map(ConvolutionSteps::turn).toList();
    int rows = first.spec.out().height();
    first.to.block(
        (m, work) -> {
          for (int row = 0; row < rows; row++) {
            for (int i = 0; i < turns.size(); i++) {
              turns.get(i).run(m, work, row, in.at(work));
            }
          }
        },
        Stream.concat(Stream.of(in), turns.stream().map(Turn::out))
            .map(Value::buffer)
            .toArray(Buffer[]::new));
  }

  /** The way that reads weights in a table of others, too. */
  private TiledPass tiled() {
    return TiledPass.forward(library(), spec, to.rectifies());
  }

  private Turn turn() {
    return new Turn(tiled(), to.parameter("weight"), to.biasOrZeros(), to.output());
  }

  /** What one of several convolutions needs for its turn. */
  private record Turn(TiledPass pass, Lowering.Address weight, Lowering.Address bias, Value out) {
    void run(MemorySegment memory, Work work, int row, long in) {
      pass.runRow(memory, row, in, weight.at(), bias.at(), out.at(work));
    }
  }

  /** From the gradient of the output to that of the input. */
  void backward(Value dOut, Lowering.Address weight) {
    DataPass pass = DataPass.backward(library(), spec, to.blocks(), to.hasInputGradient());
    Value dIn = pass.adds() ? to.startedInputGradient() : to.inputGradient();
    add(pass, dOut, weight, weight, dIn);
  }

  /** From the input and the gradient of the output to that of the weights. */
  void weights(Value in, Value dOut, Lowering.Address dWeight) {
    switch (WeightPass.of(library(), spec, to.blocks())) {
      case WeightPass.OfBlock pass -> add(pass, in, dOut, dWeight);
      case WeightPass.OfBatch pass -> add(pass, in, dOut, dWeight);
    }
  }

  private Library library() {
    return to.library();
  }

  private void add(
      DataPass pass, Value from, Lowering.Address weight, Lowering.Address bias, Value into) {
    Weights weights =
        pass.weightTransform()
            .map(each -> transformed(each, weight))
            .orElse(new Weights(weight, List.of()));
    switch (pass) {
      case DataPass.OfBlock each -> add(each, from, weights, bias, into);
      case DataPass.OfBatch each -> add(each, from, weights, bias, into);
    }
  }

  /**
   * Weights as a pass reads them.
   *
   * @param buffers where they lie, if that is no place of their own
   */
  private record Weights(Lowering.Address address, List<Buffer> buffers) {
    long at() {
      return address.at();
    }

    /** What a step uses that reads the weights and these. */
    Buffer[] and(Buffer... others) {
      return Stream.concat(buffers.stream(), Stream.of(others)).toArray(Buffer[]::new);
    }
  }

  /**
   * The transformed weights, which every run of the program makes anew: where blocks meet anyway
   * just before they are used, so that they take memory for no longer.
   */
  private Weights transformed(DataPass.WeightTransform transform, Lowering.Address weight) {
    Buffer scratch = to.buffer(transform.scratchBytes());
    if (to.hasMeetings()) {
      Buffer buffer = shared(transform.bytes());
      Lowering.Address into = new Lowering.Address();
      to.whenPlaced(() -> into.set(buffer.base()));
      to.tiles(step(transform, weight, scratch, into), buffer, scratch);
      return new Weights(into, List.of(buffer));
    }
    Lowering.Address into = to.region(transform.bytes());
    to.beforehand(step(transform, weight, scratch, into), scratch);
    return new Weights(into, List.of());
  }

  private static TileStep step(
      DataPass.WeightTransform transform,
      Lowering.Address weight,
      Buffer scratch,
      Lowering.Address into) {
    return new TileStep(
        transform.tiles(),
        transform.bytes(),
        (m, tile, work, frame) -> transform.run(m, tile, weight.at(), scratch.at(work), into.at()));
  }

  private void add(
      DataPass.OfBlock pass, Value from, Weights weights, Lowering.Address bias, Value into) {
    Buffer scratch = to.buffer(pass.scratchBytes());
    to.block(
        (m, work) ->
            pass.run(m, from.at(work), weights.at(), bias.at(), scratch.at(work), into.at(work)),
        weights.and(from.buffer(), into.buffer(), scratch));
  }

  private void add(
      DataPass.OfBatch pass, Value from, Weights weights, Lowering.Address bias, Value into) {
    Buffer factors = shared(pass.factorsBytes());
    Buffer products = shared(pass.productsBytes());
    Buffer before = to.buffer(pass.scratchBytes());
    Buffer after = to.buffer(pass.scratchBytes());
    to.block(
        (m, work) -> pass.scatter(m, work.block(), from.at(work), before.at(work), factors.base()),
        from.buffer(),
        factors,
        before);
    to.tiles(
        new TileStep(
            pass.tiles(),
            products.bytes() * to.blocks(),
            (m, tile, work, frame) ->
                pass.multiply(m, tile, factors.base(), weights.at(), bias.at(), products.base())),
        weights.and(factors, products));
    to.block(
        (m, work) -> pass.gather(m, work.block(), products.base(), after.at(work), into.at(work)),
        products,
        into.buffer(),
        after);
  }

  /** Memory that all blocks share: their places, which follow each other, taken together. */
  private Buffer shared(long bytes) {
    return to.blockBuffer(Math.ceilDiv(bytes, to.blocks()));
  }

  private void add(WeightPass.OfBlock pass, Value in, Value dOut, Lowering.Address dWeight) {
    Buffer scratch = to.buffer(pass.scratchBytes());
    Lowering.Sums sums = to.sums(pass.sumsBytes());
    to.block(
        (m, work) -> {
          sums.clearFirst(to.kernels(), m, work);
          pass.add(m, in.at(work), dOut.at(work), scratch.at(work), sums.at(work));
        },
        in.buffer(),
        dOut.buffer(),
        scratch,
        sums.buffer());
    Buffer turn = to.buffer(pass.scratchBytes());
    to.gradientTiles(
        new TileStep(
            pass.tiles(),
            pass.sumsBytes(),
            (m, tile, work, frame) ->
                pass.finish(
                    m,
                    tile,
                    sums.buffer().base(),
                    sums.buffer().bytes(),
                    frame.groups(),
                    turn.at(work),
                    dWeight.at())),
        sums.buffer(),
        turn);
  }

  private void add(WeightPass.OfBatch pass, Value in, Value dOut, Lowering.Address dWeight) {
    Buffer inFactors = shared(pass.inFactorsBytes());
    Buffer gradientFactors = shared(pass.gradientFactorsBytes());
    Buffer scratch = to.buffer(pass.scratchBytes());
    to.block(
        (m, work) ->
            pass.scatter(
                m,
                work.block(),
                in.at(work),
                dOut.at(work),
                scratch.at(work),
                inFactors.base(),
                gradientFactors.base()),
        in.buffer(),
        dOut.buffer(),
        inFactors,
        gradientFactors,
        scratch);
    Buffer tileScratch = to.buffer(pass.tileScratchBytes());
    to.gradientTiles(
        new TileStep(
            pass.tiles(),
            spec.weightBytes(),
            (m, tile, work, frame) ->
                pass.finish(
                    m,
                    tile,
                    frame.blocks(),
                    inFactors.base(),
                    gradientFactors.base(),
                    tileScratch.at(work),
                    dWeight.at())),
        inFactors,
        gradientFactors,
        tileScratch);
  }
}
