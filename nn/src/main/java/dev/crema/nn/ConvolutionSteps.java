package dev.crema.nn;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.WeightPass;
import dev.crema.engine.kernel.Library;

/**
 * Adds the steps of one convolution's three passes, each in the fastest way that there is for it.
 *
 * @param to the layer's place in the program
 * @param spec the convolution's shape
 */
record ConvolutionSteps(Lowering to, Convolution spec) {
  /** From the input to the output. */
  void forward(Value in, Lowering.Address weight, Lowering.Address bias, Value out) {
    add(DataPass.forward(library(), spec, to.blocks()), in, weight, bias, out);
  }

  /** From the gradient of the output to that of the input. */
  void backward(Value dOut, Lowering.Address weight, Value dIn) {
    add(DataPass.backward(library(), spec, to.blocks()), dOut, weight, weight, dIn);
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
    Lowering.Address weights =
        pass.weightTransform().map(each -> transformed(each, weight)).orElse(weight);
    switch (pass) {
      case DataPass.OfBlock each -> add(each, from, weights, bias, into);
      case DataPass.OfBatch each -> add(each, from, weights, bias, into);
    }
  }

  /** Where the transformed weights are, which every run of the program makes anew. */
  private Lowering.Address transformed(
      DataPass.WeightTransform transform, Lowering.Address weight) {
    Lowering.Address into = to.region(transform.bytes());
    Buffer scratch = to.buffer(transform.scratchBytes());
    to.beforehand(
        new TileStep(
            transform.tiles(),
            transform.bytes(),
            (m, tile, work, frame) ->
                transform.run(m, tile, weight.at(), scratch.at(work), into.at())),
        scratch);
    return into;
  }

  private void add(
      DataPass.OfBlock pass,
      Value from,
      Lowering.Address weight,
      Lowering.Address bias,
      Value into) {
    Buffer scratch = to.buffer(pass.scratchBytes());
    to.block(
        (m, work) ->
            pass.run(m, from.at(work), weight.at(), bias.at(), scratch.at(work), into.at(work)),
        from.buffer(),
        into.buffer(),
        scratch);
  }

  private void add(
      DataPass.OfBatch pass,
      Value from,
      Lowering.Address weight,
      Lowering.Address bias,
      Value into) {
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
                pass.multiply(m, tile, factors.base(), weight.at(), bias.at(), products.base())),
        factors,
        products);
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
