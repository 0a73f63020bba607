package dev.crema.nn;

import dev.crema.engine.Engine;
import dev.crema.engine.Kernels;
import dev.crema.engine.Key;
import dev.crema.engine.Lanes;
import dev.crema.engine.Operator;
import dev.crema.engine.Warmup;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A network compiled for one input shape, batch size and mode: fixed steps over memory that is
 * planned once and never grows.
 *
 * <p>Results do not depend on the number of workers: every sum has one order.
 *
 * <p>A program is for one thread at a time, and says so to a second one with an {@link
 * IllegalStateException}: what a step left (outputs, gradients) is for the thread that ran it. Any
 * number of programs may share an engine, each in a thread of its own.
 */
public final class Program {
  private static final Profile.Label UPDATE = new Profile.Label("update", Pass.UPDATE);

  private final Plan plan;
  private final Loss loss;
  private final Mode mode;
  private final Engine engine;
  private final MemorySegment memory;
  private final Assembly assembly;
  private final Frame frame;
  private final Runner runner;
  private final Strips strips;
  private final FloatBuffer labelFloats;
  private final FloatBuffer lossFloats;
  private final FloatBuffer correctFloats;
  private final float[] perImage;
  private final Exclusive inUse = new Exclusive("a program");

  /** The number of the thread that ran the last step; 0 before the first one. */
  private long ranBy;

  /** Whether what depends on the parameters alone is made already. */
  private boolean isPrepared;

  /**
   * The memory that a program of a network would take, which this does not take: for these
   * arguments see the constructor.
   */
  public static long plannedBytes(
      Graph graph, Loss loss, Mode mode, int batch, int slots, Engine engine) {
    return Plan.of(graph, loss, mode, batch, slots, engine, Optional.empty()).bytes();
  }

  /**
   * Compiles a network and takes the memory for it.
   *
   * @param batch the most images in one step
   * @param slots how many numbers the optimiser keeps for each weight
   * @throws NetworkException if it does not fit into memory
   */
  public Program(Graph graph, Loss loss, Mode mode, int batch, int slots, Engine engine) {
    this(graph, loss, mode, batch, slots, engine, Optional.empty());
  }

  private Program(
      Graph graph,
      Loss loss,
      Mode mode,
      int batch,
      int slots,
      Engine engine,
      Optional<NonFinite.Watch> watch) {
    plan = Plan.of(graph, loss, mode, batch, slots, engine, watch);
    this.loss = loss;
    this.mode = mode;
    this.engine = engine;
    assembly = plan.assembly();
    frame = assembly.frame();
    memory = allocate(plan.bytes(), batch);
    labelFloats = floats(plan.labels());
    lossFloats = floats(plan.losses());
    correctFloats = floats(plan.corrects());
    perImage = new float[batch];
    memory.set(ValueLayout.JAVA_FLOAT, plan.normalization().at(), 1f / 255);
    runner = new Runner(assembly.phases(), engine.workers(), memory, frame);
    strips = new Strips(plan, engine.workers(), memory);
  }

  /** One number for each image; in bulk, for single ones are slow until that code is compiled. */
  private FloatBuffer floats(Buffer buffer) {
    return memory
        .asSlice(buffer.base(), (long) plan.batch() * Float.BYTES)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** The same program, not initialised and without slots, with an eye on every layer's output. */
  Program watchedBy(NonFinite.Watch watch) {
    return new Program(plan.graph(), loss, mode, plan.batch(), 0, engine, Optional.of(watch));
  }

  private static MemorySegment allocate(long bytes, int batch) {
    try {
      return Arena.ofAuto().allocate(bytes, 4096);
    } catch (OutOfMemoryError e) {
      throw new NetworkException(
          String.format(
              Locale.ROOT,
              "this network with batches of %,d images needs %,d MB of memory outside the heap, and the JVM grants at most %,d MB: use a smaller batch or network, or raise -XX:MaxDirectMemorySize",
              batch,
              bytes >> 20,
              Runtime.getRuntime().maxMemory() >> 20));
    }
  }

  /** Images of a full batch. */
  public int batch() {
    return plan.batch();
  }

  /** The network. */
  public Graph graph() {
    return plan.graph();
  }

  /** Bytes of planned memory. */
  public long plannedBytes() {
    return plan.bytes();
  }

  /**
   * Waits until the compiler has made all loops fast.
   *
   * @param more what {@link #update} will use
   */
  public Warmup.Result warmUp(Operator... more) {
    return warmUp(() -> false, more);
  }

  /**
   * The same, until a stop is asked for: then some loops may stay slow.
   *
   * @param stop asked again and again
   */
  public Warmup.Result warmUp(BooleanSupplier stop, Operator... more) {
    try (Exclusive _ = inUse.enter()) {
      List<Operator> operators = new ArrayList<>(List.of(more));
      operators.add(Operator.BASIC);
      operators.add(loss.operator());
      return engine.warmUp(stop, memory, operators.toArray(Operator[]::new));
    }
  }

  /** Floating-point operations of one image's step; a multiply-add is two. */
  public double flopsPerImage() {
    double flops = 0;
    for (Graph.Node node : plan.graph().nodes()) {
      if (node instanceof Graph.OpNode op) {
        // Forward, weights' gradient and input's gradient cost the same.
        int passes = mode == Mode.INFER ? 1 : assembly.values().needsGradient(op.input()) ? 3 : 2;
        flops += 2.0 * passes * op.op().multiplyAdds(op.in());
      }
    }
    return flops;
  }

  /** Parameters, running statistics included, in the order of the layers. */
  public Collection<Storage> parameters() {
    return List.copyOf(assembly.parameters().values());
  }

  /** Draws every parameter's first value. */
  public void initialize(Key key) {
    try (Exclusive _ = inUse.enter()) {
      isPrepared = false;
      for (Storage storage : assembly.parameters().values()) {
        storage.initialize(memory, plan.weights(), key.fold(storage.path()));
      }
    }
  }

  /** A parameter's numbers, in PyTorch's order. */
  public float[] read(Storage storage) {
    try (Exclusive _ = inUse.enter()) {
      return mine(storage).read(memory, plan.weights());
    }
  }

  /**
   * Some outputs' numbers of a parameter, in PyTorch's order: its first dimension are the outputs.
   *
   * @param values long enough for them
   */
  public void read(Storage storage, int from, int count, float[] values) {
    try (Exclusive _ = inUse.enter()) {
      mine(storage).read(memory, plan.weights(), from, count, values);
    }
  }

  /** About so many of a parameter's numbers, evenly spread, in no order that means anything. */
  public float[] sample(Storage storage, int most) {
    try (Exclusive _ = inUse.enter()) {
      return mine(storage).sample(memory, plan.weights(), most);
    }
  }

  /** Sets a parameter, from PyTorch's order. */
  public void write(Storage storage, float[] values) {
    try (Exclusive _ = inUse.enter()) {
      isPrepared = false;
      mine(storage).write(memory, plan.weights(), values);
    }
  }

  /**
   * A trainable parameter's gradient, in PyTorch's order.
   *
   * @throws IllegalStateException if another thread ran the last step
   */
  public float[] readGradient(Storage storage) {
    try (Exclusive _ = inUse.enter()) {
      checkRanByCaller();
      return trained(storage).read(memory, plan.gradients());
    }
  }

  /** Some outputs' numbers of a trainable parameter in an optimiser slot, in PyTorch's order. */
  public void readSlot(int slot, Storage storage, int from, int count, float[] values) {
    try (Exclusive _ = inUse.enter()) {
      trained(storage).read(memory, plan.slots().get(slot), from, count, values);
    }
  }

  /** Sets a trainable parameter's numbers in an optimiser slot. */
  public void writeSlot(int slot, Storage storage, float[] values) {
    try (Exclusive _ = inUse.enter()) {
      trained(storage).write(memory, plan.slots().get(slot), values);
    }
  }

  /** Refuses the parameter of another program: it lies elsewhere. */
  private Storage mine(Storage storage) {
    Optional<Storage> own = Optional.ofNullable(assembly.parameters().get(storage.path()));
    if (own.filter(storage::isLaidOutAs).isEmpty()) {
      throw new IllegalArgumentException(
          "`%s` of shape %s is no parameter of this program; expected one of its parameters()"
              .formatted(storage.path(), storage.parameter().shape()));
    }
    return storage;
  }

  private Storage trained(Storage storage) {
    if (mode != Mode.TRAIN || !mine(storage).parameter().trainable()) {
      throw new IllegalArgumentException(
          "`%s` is not trained by this program: it has no gradient".formatted(storage.path()));
    }
    return storage;
  }

  /** Copies all parameters from another program of the same network. */
  public void copyParameters(Program other) {
    if (other.assembly.parameterBytes() != assembly.parameterBytes()) {
      throw new IllegalArgumentException("the programs are of different networks");
    }
    other.assembly.parameters().values().forEach(this::mine);
    try (Exclusive _ = inUse.enter();
        Exclusive _ = other.inUse.enter()) {
      isPrepared = false;
      MemorySegment.copy(
          other.memory, other.plan.weights(), memory, plan.weights(), assembly.parameterBytes());
    }
  }

  /**
   * Runs a batch forward, and backward when training.
   *
   * @param images the pixels of {@code count} images, one byte each, [channel][row][column]; more
   *     may follow
   * @param classes the label of each image, 0 ... outputs - 1; more may follow
   * @param count how many images, 1 ... {@link #batch()}
   * @param key the step's randomness
   * @param result where the sums go
   * @throws IllegalArgumentException if a label is no output of the network, or there are too few
   *     pixels or labels
   */
  public void run(byte[] images, int[] classes, int count, Key key, Result result) {
    if (count < 1 || count > plan.batch()) {
      throw new IllegalArgumentException(
          "a batch of %s images was planned, got %s".formatted(plan.batch(), count));
    }
    checkHolds("pixels", (long) count * plan.graph().input().size(), images.length);
    checkHolds("labels", count, classes.length);
    int outputs = plan.output().volume().channels();
    for (int i = 0; i < count; i++) {
      if (classes[i] < 0 || classes[i] >= outputs) {
        throw new IllegalArgumentException(
            "image %s of the batch has label %s, expected 0 ... %s"
                .formatted(i, classes[i], outputs - 1));
      }
    }
    try (Exclusive _ = inUse.enter()) {
      step(images, classes, count, key, result);
    }
  }

  private void checkHolds(String what, long expected, int got) {
    if (got < expected) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "expected %,d %s for images of %s, got %,d",
              expected,
              what,
              plan.graph().input(),
              got));
    }
  }

  private void step(byte[] images, int[] classes, int count, Key key, Result result) {
    ranBy = Thread.currentThread().threadId();
    int perBlock = plan.vectors() * Lanes.COUNT;
    int blocks = Math.ceilDiv(count, perBlock);
    if (count != frame.images()) {
      describeLanes(count, blocks);
    }
    for (int i = 0; i < count; i++) {
      perImage[i] = classes[i];
    }
    labelFloats.put(0, perImage, 0, count);
    frame.set(images, count, blocks, Math.min(blocks, assembly.maxGroups()), key);
    runner.run(isPrepared ? assembly.preparations() : 0);
    isPrepared = mode == Mode.INFER; // a training step changes the parameters
    double loss = sum(lossFloats, count);
    result.set(count, loss, (int) sum(correctFloats, count));
  }

  /** Refuses what the last step left to a thread that did not run it. */
  private void checkRanByCaller() {
    if (ranBy != Thread.currentThread().threadId()) {
      throw new IllegalStateException(
          ranBy == 0
              ? "this program has run no step yet"
              : "another thread ran the last step of this program, so its outputs and gradients are not the caller's; give each thread a program of its own");
    }
  }

  private double sum(FloatBuffer floats, int count) {
    floats.get(0, perImage, 0, count);
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += perImage[i];
    }
    return sum;
  }

  /** Says which lanes hold images, and that each counts 1 / count. */
  private void describeLanes(int count, int blocks) {
    int lanes = blocks * plan.vectors() * Lanes.COUNT;
    for (int i = 0; i < lanes; i++) {
      boolean live = i < count;
      memory.set(ValueLayout.JAVA_FLOAT, plan.scale().base() + i * 4L, live ? 1f / count : 0f);
      memory.set(ValueLayout.JAVA_FLOAT, assembly.mask().base() + i * 4L, live ? 1f : 0f);
      if (!live) {
        memory.set(ValueLayout.JAVA_FLOAT, plan.labels().base() + i * 4L, 0f);
      }
    }
  }

  /** Starts to measure where the time of the steps goes; it costs a little. */
  public Profile profile() {
    List<Profile.Label> labels = new ArrayList<>();
    for (Phase phase : assembly.phases()) {
      phase.steps().forEach(step -> labels.add(step.label()));
    }
    labels.add(UPDATE);
    Costs costs =
        new Costs(plan.graph(), plan.batch(), plan.slots().size(), assembly.parameters().values());
    Profile profile = new Profile(labels, costs::of, engine.workers().count());
    try (Exclusive _ = inUse.enter()) {
      runner.measure(profile);
      strips.measure(profile);
    }
    return profile;
  }

  /**
   * The Euclidean norm of all gradients; not finite if a gradient is not.
   *
   * @throws IllegalStateException if another thread ran the last step
   */
  public double gradientNorm() {
    try (Exclusive _ = inUse.enter()) {
      checkRanByCaller();
      return strips.gradientNorm();
    }
  }

  /** Changes a range of the weights by their gradients. */
  @FunctionalInterface
  public interface Update {
    /**
     * Changes a range; all arguments but {@code bytes} are offsets.
     *
     * @param slots bytes from a slot to the next one
     */
    void run(
        Kernels kernels,
        MemorySegment memory,
        long bytes,
        long weight,
        long gradient,
        long slot,
        long slots);
  }

  /**
   * Lets the optimiser change all trainable parameters.
   *
   * @throws IllegalStateException if another thread ran the last step
   */
  public void update(Update update) {
    try (Exclusive _ = inUse.enter()) {
      checkRanByCaller();
      strips.update(update);
    }
  }

  /**
   * The network's output for one image of the last batch: logits, or what its last layer makes.
   *
   * @param image its place in that batch, from 0 on
   * @throws IllegalStateException in a program for training, which uses the memory again, and if
   *     another thread ran the last step
   */
  public float[] output(int image) {
    if (mode != Mode.INFER) {
      throw new IllegalStateException("a program for training does not keep its outputs");
    }
    try (Exclusive _ = inUse.enter()) {
      checkRanByCaller();
      Objects.checkIndex(image, frame.images());
      int classes = plan.output().volume().channels();
      int perBlock = plan.vectors() * Lanes.COUNT;
      float[] values = new float[classes];
      long block = plan.output().at(image / perBlock);
      for (int i = 0; i < classes; i++) {
        long at =
            block + plan.output().volume().at(i, 0, 0) + (long) (image % perBlock) * Float.BYTES;
        values[i] = memory.get(ValueLayout.JAVA_FLOAT, at);
      }
      return values;
    }
  }

  /** What a step found: sums over the images of the batch. */
  public static final class Result {
    private int images;
    private double loss;
    private int correct;

    private void set(int images, double loss, int correct) {
      this.images = images;
      this.loss = loss;
      this.correct = correct;
    }

    /** Images in the batch. */
    public int images() {
      return images;
    }

    /** The sum of the images' losses, in nats. */
    public double loss() {
      return loss;
    }

    /** How many images the network classed rightly. */
    public int correct() {
      return correct;
    }
  }
}
