package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Lanes;
import dev.crema.engine.kernel.Library;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A program in the making: values, buffers and phases, before memory is laid out. */
final class Assembly {
  /** Groups of blocks that keep their own gradient sums: enough for the cores of one machine. */
  private static final int MAX_GROUPS = 16;

  /** Steps of gradients wait for the end, unless more than this waits with them. */
  private static final long WAITING_BYTES = 4 << 20;

  private final Graph graph;
  private final Mode mode;
  private final int vectors;
  private final int blocks;
  private final Kernels kernels = Kernels.vector();
  private final Library library;
  private final Frame frame = new Frame();
  private final Values values;
  private final List<Buffer> buffers = new ArrayList<>();
  private final List<Region> regions = new ArrayList<>();
  private final Map<String, Strip.Table> tables = new LinkedHashMap<>();
  private final Map<String, Storage> parameters = new LinkedHashMap<>();
  private final Map<String, Lowering.Address> addresses = new LinkedHashMap<>();
  private final List<Phase> phases = new ArrayList<>();

  /** Whether there is a step over all blocks between others. */
  private boolean hasMeetings;

  private final List<Gradient> gradientSteps = new ArrayList<>();
  private final Deque<Runnable> backward = new ArrayDeque<>();
  private final List<Runnable> whenPlaced = new ArrayList<>();
  private final Buffer mask;
  private final long trainableBytes;
  private long parameterBytes;
  private Profile.Label label = new Profile.Label("input", Pass.INPUT);

  private record Region(Lowering.Address address, long bytes) {}

  private record Gradient(Phase.Labelled<TileStep> step, List<Buffer> uses) {}

  Assembly(Graph graph, Mode mode, Library library, int vectors, int blocks) {
    this.graph = graph;
    this.mode = mode;
    this.library = library;
    this.vectors = vectors;
    this.blocks = blocks;
    values = new Values(graph, mode, vectors, this::add);
    mask = buffer((long) vectors * Lanes.BYTES).keep();
    phases.add(new Phase.Tiles(new ArrayList<>())); // what comes before everything
    // Trainable ones first: the optimiser walks one range.
    addParameters(true);
    trainableBytes = parameterBytes;
    addParameters(false);
  }

  /** Whether the layer that reads the input does so in halves of its features. */
  boolean halvesPixels() {
    int images = blocks * vectors * Lanes.COUNT;
    return graph
        .onlyReader(0)
        .filter(reader -> values.value(reader.input()).buffer() == values.value(0).buffer())
        .filter(reader -> reader.op().halvesPixels(reader.in(), images))
        .isPresent();
  }

  private void addParameters(boolean trainable) {
    for (Graph.Node each : graph.nodes()) {
      if (each instanceof Graph.OpNode node) {
        for (Parameter parameter : node.op().parameters(node.in())) {
          if (parameter.trainable() == trainable) {
            addParameter(node, parameter);
          }
        }
      }
    }
  }

  /** Gives a parameter a table, or weights their columns of the one of their siblings. */
  private void addParameter(Graph.OpNode node, Parameter parameter) {
    Siblings siblings =
        parameter.name().equals("weight") ? Siblings.of(graph, node) : Siblings.alone(node);
    String path = path(node, parameter);
    if (siblings.first().equals(node)) {
      addTable(path, parameter, siblings.areSeveral() ? siblings.channels() : parameter.outputs());
    }
    Strip.Table table = Objects.requireNonNull(tables.get(path(siblings.first(), parameter)));
    long column = (long) siblings.channelsBefore(node) * Float.BYTES;
    parameters.put(path, new Storage(path, parameter, table.offset() + column, table.rowBytes()));
  }

  private static String path(Graph.OpNode node, Parameter parameter) {
    return node.path() + "." + parameter.name();
  }

  /** A table with a row for each number that an output has, and these columns. */
  private void addTable(String path, Parameter parameter, int columns) {
    long rowBytes = (long) Lanes.roundUp(columns) * Float.BYTES;
    long bytes = parameter.size() / parameter.outputs() * rowBytes;
    tables.put(path, new Strip.Table(parameterBytes, bytes, rowBytes, Long.MAX_VALUE));
    parameterBytes += bytes;
  }

  /** Says that the gradient of this parameter is written in columns of so many bytes. */
  void writtenInColumns(String path, String name, long bytes) {
    tables.computeIfPresent(path + "." + name, (key, table) -> table.inColumns(bytes));
  }

  /** The trainable parameters in parts, each of which one worker should update. */
  List<Strip> strips() {
    return Strip.of(
        tables.values().stream().filter(table -> table.offset() < trainableBytes).toList());
  }

  long trainableBytes() {
    return trainableBytes;
  }

  long parameterBytes() {
    return parameterBytes;
  }

  Values values() {
    return values;
  }

  Kernels kernels() {
    return kernels;
  }

  Library library() {
    return library;
  }

  /** The layers that are one with this one on the way back. */
  Siblings siblings(Graph.OpNode node) {
    return Siblings.of(graph, node);
  }

  Mode mode() {
    return mode;
  }

  Frame frame() {
    return frame;
  }

  Buffer mask() {
    return mask;
  }

  int maxGroups() {
    return Math.min(blocks, MAX_GROUPS);
  }

  Map<String, Storage> parameters() {
    return parameters;
  }

  /** Makes a gradient that of a value: without a step if they lie alike. */
  void handGradientOn(Value gradient, int to) {
    if (!values.shareGradient(gradient, to)) {
      copy(gradient, values.gradientFor(to));
    }
  }

  /** Adds a step that copies a value, unless it is there already. */
  void copy(Value from, Value into) {
    if (!from.coincides(into)) {
      block(
          (m, work) -> kernels.copy(m, from.volume(), from.at(work), into.volume(), into.at(work)),
          List.of(from.buffer(), into.buffer()));
    }
  }

  /** A place for each worker, or for each block if it is used in more than one phase. */
  Buffer buffer(long bytes) {
    return buffer(bytes, Buffer.Per.WORKER);
  }

  /** A place for each of these. */
  Buffer buffer(long bytes, Buffer.Per per) {
    return add(new Buffer(bytes, per, Zeros.NONE));
  }

  private Buffer add(Buffer buffer) {
    buffers.add(buffer);
    return buffer;
  }

  Lowering.Address region(long bytes) {
    Lowering.Address address = new Lowering.Address();
    regions.add(new Region(address, Buffer.wholeVectors(bytes)));
    return address;
  }

  Lowering.Address parameter(String path, String name) {
    return addresses.computeIfAbsent(path + "." + name, key -> new Lowering.Address());
  }

  Lowering.Address parameterGradient(String path, String name) {
    return addresses.computeIfAbsent(
        path + "." + name + " gradient", key -> new Lowering.Address());
  }

  /** Says what the steps added from now on are for. */
  void label(String path, Pass pass) {
    label = new Profile.Label(path, pass);
  }

  void block(BlockStep step, List<Buffer> uses) {
    if (!(phases.getLast() instanceof Phase.Blocks)) {
      phases.add(new Phase.Blocks(new ArrayList<>()));
    }
    Phase.Blocks phase = (Phase.Blocks) phases.getLast();
    phase.steps().add(new Phase.Labelled<>(label, step));
    use(uses);
  }

  void tiles(TileStep step, List<Buffer> uses) {
    phases.add(new Phase.Tiles(new ArrayList<>()));
    addTiles(new Phase.Labelled<>(label, step), uses);
    hasMeetings = true;
    if (isMuchWaiting()) {
      addGradientSteps();
    }
  }

  /** Adds a step over all blocks that goes on, tile by tile, where the step before stopped. */
  void pipeline(TileStep step, List<Buffer> uses) {
    if (!(phases.getLast() instanceof Phase.Pipelines)) {
      phases.add(new Phase.Pipelines(new ArrayList<>()));
    }
    Phase.Pipelines phase = (Phase.Pipelines) phases.getLast();
    phase.steps().add(new Phase.Labelled<>(label, step));
    use(uses);
    hasMeetings = true;
  }

  boolean hasMeetings() {
    return hasMeetings;
  }

  /** Whether what the gradient steps that wait will read takes much memory. */
  private boolean isMuchWaiting() {
    return WAITING_BYTES
        < gradientSteps.stream()
            .flatMap(each -> each.uses().stream())
            .mapToLong(buffer -> buffer.allBytes(blocks, maxGroups()))
            .sum();
  }

  private void addTiles(Phase.Labelled<TileStep> step, List<Buffer> uses) {
    ((Phase.Tiles) phases.getLast()).steps().add(step);
    use(uses);
  }

  /** Adds a step that depends on parameters only, before all others. */
  void beforehand(TileStep step, List<Buffer> uses) {
    List<Phase.Labelled<TileStep>> steps = ((Phase.Tiles) phases.getFirst()).steps();
    steps.add(new Phase.Labelled<>(label, step));
    uses.forEach(buffer -> buffer.use(0, steps.size() - 1, true));
  }

  /**
   * Adds a step that nothing but the optimiser waits for: to the next meeting of all blocks. Where
   * blocks meet anyway, and so have places of their own, much memory is worth a meeting more.
   */
  void gradientTiles(TileStep step, List<Buffer> uses) {
    gradientSteps.add(new Gradient(new Phase.Labelled<>(label, step), uses));
    if (hasMeetings && isMuchWaiting()) {
      phases.add(new Phase.Tiles(new ArrayList<>()));
      addGradientSteps();
    }
  }

  /** Notes that the last step uses these. */
  private void use(List<Buffer> uses) {
    Phase phase = phases.getLast();
    for (Buffer buffer : uses) {
      buffer.use(phases.size() - 1, phase.steps().size() - 1, !(phase instanceof Phase.Blocks));
    }
  }

  void backward(Runnable steps) {
    backward.push(steps);
  }

  /** Adds the backward steps of all layers, the last layer's first. */
  void addBackward() {
    while (!backward.isEmpty()) {
      backward.pop().run();
    }
    if (!gradientSteps.isEmpty()) {
      phases.add(new Phase.Tiles(new ArrayList<>()));
      addGradientSteps();
    }
  }

  /** Adds those that wait to the last phase. */
  private void addGradientSteps() {
    // In the parameters' order, as the optimiser goes over them: so a worker updates what it
    // wrote. It is slow to write memory that another processor has read.
    gradientSteps.reversed().forEach(each -> addTiles(each.step(), each.uses()));
    gradientSteps.clear();
  }

  void whenPlaced(Runnable action) {
    whenPlaced.add(action);
  }

  int blocks() {
    return blocks;
  }

  /** How many phases, the first ones, depend on parameters only. */
  int preparations() {
    return phases.getFirst().steps().isEmpty() ? 0 : 1;
  }

  List<Phase> phases() {
    return phases.stream().filter(phase -> !phase.steps().isEmpty()).toList();
  }

  /**
   * Gives everything its place.
   *
   * @param start the first free byte
   * @return the first byte after the last buffer
   */
  long place(long start, int workers) {
    long next = start;
    for (Region region : regions) {
      region.address().set(next);
      next += region.bytes();
    }
    return new Placement(phases, blocks, maxGroups(), workers, kernels).place(buffers, next);
  }

  void bindParameters(long weights, long gradientsBase) {
    for (Storage storage : parameters.values()) {
      Lowering.Address weight = addresses.get(storage.path());
      if (weight != null) {
        weight.set(weights + storage.offset());
      }
      Lowering.Address gradient = addresses.get(storage.path() + " gradient");
      if (gradient != null) {
        gradient.set(gradientsBase + storage.offset());
      }
    }
    whenPlaced.forEach(Runnable::run);
  }
}
