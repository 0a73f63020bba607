package dev.crema.nn;

import dev.crema.engine.Activation;
import dev.crema.engine.DenseGradient;
import dev.crema.engine.Kernels;
import dev.crema.engine.Lanes;
import dev.crema.engine.Operator;
import dev.crema.engine.Volume;
import dev.crema.engine.kernel.Library;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * What a layer sees of the compiler: its values, its parameters, and the lists of steps that it
 * adds to.
 *
 * <p>A layer adds its forward steps at once and registers what adds its backward steps, which the
 * compiler calls in reverse order of the layers.
 */
public final class Lowering {
  private final Assembly assembly;
  private final Graph.OpNode node;

  Lowering(Assembly assembly, Graph.OpNode node) {
    this.assembly = assembly;
    this.node = node;
  }

  /** The kernels, of which the basic ones and those of these operators will be warm. */
  public Kernels kernels(Operator... operators) {
    for (Operator operator : operators) {
      assembly.library().need(operator);
    }
    return assembly.kernels();
  }

  /** The generated loops. */
  Library library() {
    return assembly.library();
  }

  /** Whether gradients will be needed. */
  public boolean isTraining() {
    return assembly.mode() == Mode.TRAIN;
  }

  /** The step's circumstances, to be read while it runs. */
  public Frame frame() {
    return assembly.frame();
  }

  /** The layer's full name. */
  public String path() {
    return node.path();
  }

  /** The layer's input. */
  public Value input() {
    return assembly.values().value(node.input());
  }

  /** Whether the input are pixels that were made half by half, as the layer asked for. */
  boolean hasHalvedPixels() {
    return assembly.halvesPixels() && input().buffer() == assembly.values().value(0).buffer();
  }

  /** Whether the layer's output is to be that of the Relu that reads it. */
  public boolean rectifies() {
    return assembly.values().isRectified(node.id());
  }

  /** The layer's output. */
  public Value output() {
    return assembly.values().value(node.id());
  }

  /** The gradient of the output, for backward steps to read. */
  public Value outputGradient() {
    return assembly.values().gradient(node.id());
  }

  /** Whether backward steps must write the gradient of the input: not for the first layer. */
  public boolean needsInputGradient() {
    return assembly.values().needsGradient(node.input());
  }

  /** The gradient of the input, for backward steps to write whole; ask once. */
  public Value inputGradient() {
    return assembly.values().gradientFor(node.input());
  }

  /** Whether another reader of the input has written its gradient already. */
  public boolean hasInputGradient() {
    return assembly.values().isGradientStarted(node.input());
  }

  /** The gradient of the input as other readers left it, for backward steps to add to. */
  public Value startedInputGradient() {
    return assembly.values().gradient(node.input());
  }

  /** The layout of the gradient of the input, even if it is not needed. */
  public Volume inputGradientVolume() {
    return assembly.values().gradientVolume(node.input());
  }

  /** The layout of the gradient of the output, even if it is not needed. */
  public Volume outputGradientVolume() {
    return assembly.values().gradientVolume(node.id());
  }

  /** Numbers from one input's weights to the next one's: those of the siblings lie between. */
  int weightColumns() {
    return Lanes.roundUp(group().channels());
  }

  /** Whether the layer adds its siblings' steps, too: it goes forward first and back last. */
  boolean isFirstSibling() {
    return group().first().equals(node);
  }

  /** The gradients of the outputs of the layer and its siblings, side by side. */
  Value siblingsOutputGradient() {
    return assembly.values().siblingsGradient(group());
  }

  /** The layer and its siblings, in their order. */
  List<Lowering> siblings() {
    return group().nodes().stream().map(each -> new Lowering(assembly, each)).toList();
  }

  private Siblings group() {
    return assembly.siblings(node);
  }

  /** The offset of a parameter, such as {@code weight}, once memory is planned. */
  public Address parameter(String name) {
    own(name);
    return assembly.parameter(node.path(), name);
  }

  /** The offset of the layer's biases, or of zeros in their place. */
  Address biasOrZeros() {
    return node.op().parameters(node.in()).stream().anyMatch(each -> each.name().equals("bias"))
        ? parameter("bias")
        : region((long) Lanes.roundUp(node.out().channels()) * Float.BYTES);
  }

  /** One of the layer's parameters: any other would never get an offset. */
  private Storage own(String name) {
    Storage storage = assembly.parameters().get(path() + "." + name);
    if (storage == null) {
      throw new IllegalArgumentException(
          "layer %s has no parameter `%s`; expected one of %s"
              .formatted(path(), name, node.op().parameters(node.in())));
    }
    return storage;
  }

  /** The offset of a trainable parameter's gradient. */
  public Address parameterGradient(String name) {
    if (!own(name).parameter().trainable()) {
      throw new IllegalArgumentException(
          "parameter `%s` of layer %s is not trainable: it has no gradient"
              .formatted(name, path()));
    }
    return assembly.parameterGradient(node.path(), name);
  }

  /** One cell for each block: 1 in the lanes of images, 0 in the others. */
  public Buffer mask() {
    return assembly.mask();
  }

  /** A place for each worker, or for each block if it is used in more than one phase. */
  public Buffer buffer(long bytes) {
    return assembly.buffer(bytes);
  }

  /** A place for each block. */
  public Buffer blockBuffer(long bytes) {
    return assembly.buffer(bytes, Buffer.Per.BLOCK);
  }

  /** One place, shared by all. */
  public Address region(long bytes) {
    return assembly.region(bytes);
  }

  /** One place for each group of blocks. */
  public Sums sums(long bytes) {
    return new Sums(assembly.buffer(bytes, Buffer.Per.GROUP));
  }

  /** Says what the steps that are added next are for, in a layer that tells its gradients apart. */
  public void pass(Pass pass) {
    assembly.label(group().path(), pass);
  }

  /** Whether all blocks have met at a step already. */
  boolean hasMeetings() {
    return assembly.hasMeetings();
  }

  /** Adds a step that needs only this block. */
  public void block(BlockStep step, Buffer... uses) {
    assembly.block(step, List.of(uses));
  }

  /** Adds a step that needs all blocks: everybody waits for everybody before and after it. */
  public void tiles(TileStep step, Buffer... uses) {
    assembly.tiles(step, List.of(uses));
  }

  /**
   * Adds a step over all blocks that goes on, tile by tile, where the step before stopped, which
   * was added so, too, and has as many tiles.
   */
  void pipeline(TileStep step, Buffer... uses) {
    assembly.pipeline(step, List.of(uses));
  }

  /**
   * Adds a step that depends on parameters only, to run before all others when these have changed.
   * What it makes belongs into a {@link #region}; buffers do not keep it.
   */
  public void beforehand(TileStep step, Buffer... uses) {
    assembly.beforehand(step, List.of(uses));
  }

  /** Adds a step over all blocks that nothing but the optimiser waits for. */
  public void gradientTiles(TileStep step, Buffer... uses) {
    assembly.gradientTiles(step, List.of(uses));
  }

  /**
   * The loops of a dense layer's weight gradient, on the buffers of its two operands.
   *
   * @param outputs outputs of a tile
   */
  DenseGradient denseGradient(Value in, Value outGradient, int outputs) {
    return DenseGradient.of(
        assembly.library(),
        in.volume(),
        in.buffer().bytes(),
        outGradient.volume(),
        outGradient.buffer().bytes(),
        outputs);
  }

  /** Says that the gradient of a parameter is written in columns of so many outputs. */
  void writtenInColumns(String name, int outputs) {
    assembly.writtenInColumns(node.path(), name, (long) outputs * Float.BYTES);
  }

  /** Adds the steps of a layer that changes nothing: none where both sides share their memory. */
  void view() {
    assembly.copy(input(), output());
    handGradientOn();
  }

  /** Registers that the gradient of the output is that of the input. */
  private void handGradientOn() {
    backward(() -> {
      if (needsInputGradient()) {
        assembly.handGradientOn(outputGradient(), node.input());
      }
    });
  }

  /** Adds an activation's forward and backward steps, but for what the layer before it does. */
  void activation(Activation activation) {
    Kernels kernels =
        kernels(
            switch (activation) {
              case RELU -> Operator.RELU;
              case SIGMOID -> Operator.SIGMOID;
              case TANH -> Operator.TANH;
            });
    Value in = input();
    Value out = output();
    if (!assembly.values().isRectified(node.input())) {
      block(
          (m, work) ->
              kernels.activate(m, activation, in.volume(), in.at(work), out.volume(), out.at(work)),
          in.buffer(),
          out.buffer());
    }
    if (assembly.values().isGradientRectified(node.input())) {
      handGradientOn();
      return;
    }
    backward(() -> {
      if (needsInputGradient()) {
        Value dOut = outputGradient();
        Value dIn = inputGradient();
        block(
            (m, work) ->
                kernels.activateBackward(
                    m,
                    activation,
                    out.volume(),
                    out.at(work),
                    dOut.volume(),
                    dOut.at(work),
                    dIn.volume(),
                    dIn.at(work)),
            out.buffer(),
            dOut.buffer(),
            dIn.buffer());
      }
    });
  }

  /**
   * Adds the steps of a layer that applies one function to each number by itself, in plain Java: in
   * double precision, and slower than a kernel.
   *
   * @param function y = f(x), which must be finite for every finite x
   * @param slope f'(x), finite too
   */
  public void pointwise(DoubleUnaryOperator function, DoubleUnaryOperator slope) {
    Pointwise.lower(this, function, slope);
  }

  /**
   * Adds the steps of the gradient of a parameter that has one number for each channel: a sum over
   * images and cells.
   *
   * @param parameter its name within the layer
   * @param channels as many as the parameter has numbers
   * @param step adds what a block contributes
   * @param uses the buffers that the step reads
   */
  public void channelGradient(String parameter, int channels, SumStep step, Buffer... uses) {
    int numbers = own(parameter).size();
    if (channels != numbers) {
      throw new IllegalArgumentException(
          "parameter `%s` of layer %s has %s numbers, got %s channels"
              .formatted(parameter, path(), numbers, channels));
    }
    Kernels kernels = kernels();
    Address gradient = parameterGradient(parameter);
    Sums sums = sums((long) channels * Lanes.BYTES);
    List<Buffer> all = new ArrayList<>(List.of(uses));
    all.add(sums.buffer());
    block(
        (m, work) -> {
          sums.clearFirst(kernels, m, work);
          step.run(m, work, sums.at(work));
        },
        all.toArray(Buffer[]::new));
    gradientTiles(
        new TileStep(
            1,
            (long) channels * Float.BYTES,
            (m, tile, work, frame) -> {
              long first = sums.buffer().base();
              long bytes = sums.buffer().bytes();
              for (int group = 1; group < frame.groups(); group++) {
                kernels.addRange(m, first + group * bytes, first, bytes);
              }
              kernels.sumLanes(m, channels, first, gradient.at());
            }),
        sums.buffer());
  }

  /** Adds the steps of a bias gradient: the sum of the output's gradient over images and cells. */
  void biasGradient(Value outGradient, int channels) {
    Kernels kernels = kernels();
    channelGradient(
        "bias",
        channels,
        (m, work, sums) ->
            kernels.biasGradient(m, outGradient.volume(), outGradient.at(work), sums),
        outGradient.buffer());
  }

  /** Runs this when all offsets are known. */
  void whenPlaced(Runnable action) {
    assembly.whenPlaced(action);
  }

  /** Blocks of a full batch. */
  int blocks() {
    return assembly.blocks();
  }

  /** Registers what adds the backward steps. */
  public void backward(Runnable steps) {
    assembly.backward(steps);
  }

  /** An offset that is known once memory is planned. */
  public static final class Address {
    private long at = -1;

    void set(long at) {
      this.at = at;
    }

    /** The offset. */
    public long at() {
      return at;
    }
  }

  /**
   * Partial sums, one set for each group of blocks.
   *
   * @param buffer where they lie
   */
  public record Sums(Buffer buffer) {
    /** The offset of this group's sums. */
    public long at(Work work) {
      return buffer.at(work);
    }

    /** Clears this group's sums before its first block. */
    public void clearFirst(Kernels kernels, MemorySegment memory, Work work) {
      if (work.isFirst()) {
        kernels.fill(memory, at(work), buffer.bytes(), 0f);
      }
    }
  }
}
