package dev.crema.nn;

import dev.crema.engine.Convolution;
import dev.crema.engine.DenseGradient;
import dev.crema.engine.Kernels;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import dev.crema.engine.kernel.TiledPass;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A fully connected layer: {@code y[o] = b[o] + sum of w[o, i] * x[i]}.
 *
 * <p>Shapes: [features] to [units]; weight [units, features], bias [units].
 *
 * @param units outputs
 * @param bias whether a bias is added
 * @param init the weights' first values
 * @param biasInit the biases' first values
 */
public record Dense(int units, boolean bias, Initializer init, Initializer biasInit) implements Op {
  // Measured on two processors: below this, what is saved is not worth the waiting.
  private static final int WIDE = 2;

  // Outputs whose weights' gradient one worker writes: one kilobyte of each row.
  private static final int COLUMNS = 256;

  /** Validates the size. */
  public Dense {
    Objects.requireNonNull(init, "init");
    Objects.requireNonNull(biasInit, "biasInit");
    if (units < 1) {
      throw new IllegalArgumentException("units must be positive, got " + units);
    }
  }

  /** With a bias and PyTorch's first values. */
  public Dense(int units) {
    this(units, true, new Initializer.TorchDefault(), new Initializer.TorchDefault());
  }

  /** The same without a bias. */
  public Dense noBias() {
    return new Dense(units, false, init, biasInit);
  }

  @Override
  public Dense init(Initializer weights, Initializer biases) {
    return new Dense(units, bias, weights, biases);
  }

  @Override
  public Shape output(Shape input) {
    ShapeException.features(this, input);
    return Shape.features(units);
  }

  @Override
  public List<Parameter> parameters(Shape input) {
    int features = input.size();
    List<Parameter> parameters = new ArrayList<>();
    parameters.add(new Parameter("weight", List.of(units, features), init, features, units, true));
    if (bias) {
      parameters.add(Parameter.vector("bias", units, biasInit, features, true));
    }
    return parameters;
  }

  @Override
  public long multiplyAdds(Shape input) {
    return (long) units * input.size();
  }

  @Override
  public String toString() {
    return "Dense(units=" + units + (bias ? ")" : ", bias=false)");
  }

  @Override
  public boolean readsOutputBackward() {
    return false;
  }

  /**
   * Sums over halves of pixels where features are many beside images: a worker then makes, reads
   * and learns from its half of the features for all images, and hands over sums alone.
   */
  @Override
  public boolean halvesPixels(Shape input, int images) {
    return input.size() > WIDE * images;
  }

  /** Features of the first half, whole squares of those that are made at once. */
  static int half(int features) {
    return Lanes.roundUp(Math.ceilDiv(features, 2));
  }

  @Override
  public void lower(Lowering to) {
    Value in = to.input();
    Value out = to.output();
    boolean train = to.isTraining();
    Value dOut = train ? to.outputGradient() : out;
    Convolution spec =
        new Convolution(
            new Window(1, 1, 0),
            1,
            in.volume(),
            out.volume(),
            to.inputGradientVolume(),
            to.outputGradientVolume());
    Lowering.Address weight = to.parameter("weight");
    Lowering.Address biasAt = to.biasOrZeros();
    if (to.hasHalvedPixels()) {
      multiplyHalves(to, in, weight, biasAt, out);
    } else if (isWide(to)) {
      multiplyWide(to, spec, true, in, weight, biasAt, out);
    } else {
      new ConvolutionSteps(to, spec).forward();
    }
    if (train) {
      to.backward(() -> lowerBackward(to, spec, in, dOut));
    }
  }

  /**
   * Whether the outputs are split among the workers, and not the images: then each worker reads,
   * and later changes, its part of the weights only, and each number of them once for all images.
   * In turn the images' numbers go from one worker to the other. A matter of the sizes alone, not
   * of how many workers there are: though either way has the same bits.
   */
  private boolean isWide(Lowering to) {
    if (to.hasHalvedPixels()) {
      return false; // the weights are split by their inputs
    }
    long features = to.input().volume().channels();
    long weights = features * units;
    long numbers = (features + units) * to.blocks() * to.input().volume().vectors() * Lanes.COUNT;
    return weights > WIDE * numbers;
  }

  private void lowerBackward(Lowering to, Convolution spec, Value in, Value dOut) {
    to.pass(Pass.BACKWARD_WEIGHTS);
    Lowering.Address weight = to.parameter("weight");
    Lowering.Address dWeight = to.parameterGradient("weight");
    int columns = isWide(to) ? COLUMNS : Lanes.roundUp(units);
    DenseGradient gradient = to.denseGradient(in, dOut, columns);
    to.writtenInColumns("weight", columns);
    Value read = gradient.transpose().map(each -> transposed(to, each, dOut)).orElse(dOut);
    to.gradientTiles(
        new TileStep(
            gradient.tiles(),
            (long) units * in.volume().channels() * Float.BYTES,
            (m, tile, work, frame) ->
                gradient.run(m, tile, frame.blocks(), in.at(0), read.at(0), dWeight.at())),
        in.buffer(),
        read.buffer());
    if (bias) {
      to.biasGradient(dOut, units);
    }
    if (to.needsInputGradient()) {
      to.pass(Pass.BACKWARD_DATA);
      if (isWide(to)) {
        multiplyWide(to, spec, false, dOut, weight, weight, to.inputGradient());
      } else {
        new ConvolutionSteps(to, spec).backward(dOut, weight);
      }
    }
  }

  /** Adds the step that turns the output's gradient as that of the weights wants it. */
  private static Value transposed(Lowering to, DenseGradient.Transpose transpose, Value dOut) {
    Value made = new Value(dOut.volume(), to.blockBuffer(transpose.bytes()));
    to.block(
        (m, work) -> transpose.run(m, dOut.at(work), made.at(work)), dOut.buffer(), made.buffer());
    return made;
  }

  /** Adds the steps from pixels to the output, by way of the sums over either half of them. */
  private void multiplyHalves(
      Lowering to, Value in, Lowering.Address weight, Lowering.Address bias, Value out) {
    int features = in.volume().channels();
    int half = half(features);
    TiledPass first = forward(to, in.volume(), half, out.volume());
    TiledPass second = forward(to, in.volume(), features - half, out.volume());
    Buffer sums = to.blockBuffer(out.volume().bytes());
    Lowering.Address zeros = to.region((long) Lanes.roundUp(units) * Float.BYTES);
    long inputs = half * in.volume().plane();
    long weights = (long) half * Lanes.roundUp(units) * Float.BYTES;
    to.pipeline(
        TileStep.ofHalves(
            to.blocks(),
            2 * out.buffer().bytes() * to.blocks(),
            (m, isFirst, work) -> {
              long from = in.at(work);
              if (isFirst) {
                first.run(m, from, weight.at(), bias.at(), 0, out.at(work));
              } else {
                second.run(m, from + inputs, weight.at() + weights, zeros.at(), 0, sums.at(work));
              }
            }),
        in.buffer(),
        out.buffer(),
        sums);
    Kernels kernels = to.kernels();
    to.block(
        (m, work) -> kernels.addRange(m, sums.at(work), out.at(work), out.volume().bytes()),
        sums,
        out.buffer());
  }

  private static TiledPass forward(Lowering to, Volume pixels, int features, Volume out) {
    Volume part = Volume.features(features, pixels.vectors());
    return TiledPass.forward(
        to.library(), new Convolution(new Window(1, 1, 0), 1, part, out, part, out));
  }

  /** Adds the steps from the input to the output, or from the gradient of that to that of this. */
  private void multiplyWide(
      Lowering to,
      Convolution spec,
      boolean isForward,
      Value from,
      Lowering.Address weight,
      Lowering.Address bias,
      Value into) {
    if (from.volume().vectors() == 1) {
      long fromBlock = from.buffer().bytes();
      long intoBlock = into.buffer().bytes();
      TiledPass loops =
          TiledPass.ofBlocks(to.library(), spec, isForward, to.blocks(), fromBlock, intoBlock);
      to.tiles(
          new TileStep(
              loops.tiles(),
              intoBlock * to.blocks(),
              (m, tile, work, frame) ->
                  loops.run(
                      m, tile, from.buffer().base(), weight.at(), bias.at(), into.buffer().base())),
          from.buffer(),
          into.buffer());
      return;
    }
    TiledPass loops =
        isForward ? TiledPass.forward(to.library(), spec) : TiledPass.backward(to.library(), spec);
    to.tiles(
        TileStep.ofBlocks(
            loops.tiles(),
            into.buffer().bytes() * to.blocks(),
            (m, tile, block) ->
                loops.run(m, tile, from.at(block), weight.at(), bias.at(), into.at(block))),
        from.buffer(),
        into.buffer());
  }
}
