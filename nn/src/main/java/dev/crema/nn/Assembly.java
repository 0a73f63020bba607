package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import dev.crema.engine.kernel.Library;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A program in the making: values, buffers and phases, before memory is laid out. */
final class Assembly {
  /** Groups of blocks that keep their own gradient sums: enough for the cores of one machine. */
  private static final int MAX_GROUPS = 16;

  private static final long PAGE = 4096;

  private final Graph graph;
  private final Map<String, Long> columns = new HashMap<>();
  private final Mode mode;
  private final int vectors;
  private final int blocks;
  private final Kernels kernels = Kernels.vector();
  private final Library library;
  private final Frame frame = new Frame();
  private final Map<Integer, Value> values = new HashMap<>();
  private final Map<Integer, Value> gradients = new HashMap<>();
  private final Map<Integer, List<Value>> shares = new HashMap<>();
  private final List<Buffer> buffers = new ArrayList<>();
  private final List<Region> regions = new ArrayList<>();
  private final Map<String, Storage> parameters = new LinkedHashMap<>();
  private final Map<String, Lowering.Address> addresses = new HashMap<>();
  private final List<Phase> phases = new ArrayList<>();
  private final List<Phase.Labelled<TileStep>> gradientSteps = new ArrayList<>();
  private final Deque<Runnable> backward = new ArrayDeque<>();
  private final List<Runnable> whenPlaced = new ArrayList<>();
  private final Buffer mask;
  private final long trainableBytes;
  private long parameterBytes;
  private Profile.Label label = new Profile.Label("input", Pass.INPUT);

  private record Region(Lowering.Address address, long bytes) {}

  Assembly(Graph graph, Mode mode, Library library, int vectors, int blocks) {
    this.graph = graph;
    this.mode = mode;
    this.library = library;
    this.vectors = vectors;
    this.blocks = blocks;
    mask = buffer((long) vectors * Lanes.BYTES, true);
    // Trainable ones first: the optimiser walks one range.
    addParameters(true);
    trainableBytes = parameterBytes;
    addParameters(false);
  }

  private void addParameters(boolean trainable) {
    for (Graph.Node each : graph.nodes()) {
      if (each instanceof Graph.OpNode node) {
        for (Parameter parameter : node.op().parameters(node.in())) {
          if (parameter.trainable() == trainable) {
            String path = node.path() + "." + parameter.name();
            Storage storage = new Storage(path, parameter, parameterBytes);
            parameters.put(path, storage);
            parameterBytes += Math.ceilDiv(storage.bytes(), Lanes.BYTES) * Lanes.BYTES;
          }
        }
      }
    }
  }

  /** Says that the gradient of this parameter is written in columns of so many bytes. */
  void writtenInColumns(String path, String name, long bytes) {
    columns.put(path + "." + name, bytes);
  }

  /** The trainable parameters in parts, each of which one worker should update. */
  List<Strip> strips() {
    return Strip.of(
        parameters.values().stream()
            .filter(storage -> storage.parameter().trainable())
            .map(storage ->
                new Strip.Table(
                    storage.offset(),
                    storage.bytes(),
                    storage.rowBytes(),
                    columns.getOrDefault(storage.path(), Long.MAX_VALUE)))
            .toList());
  }

  long trainableBytes() {
    return trainableBytes;
  }

  long parameterBytes() {
    return parameterBytes;
  }

  Kernels kernels() {
    return kernels;
  }

  Library library() {
    return library;
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

  Volume volume(Shape shape, int halo) {
    return shape.isFeatures()
        ? Volume.features(shape.size(), vectors)
        : new Volume(shape.channels(), shape.height(), shape.width(), halo, vectors);
  }

  /** The value that a node makes, with the halo that its readers need. */
  Value value(int id) {
    if (!values.containsKey(id)) {
      values.put(id, makeValue(id));
    }
    return Objects.requireNonNull(values.get(id));
  }

  private Value makeValue(int id) {
    int halo = 0;
    for (Graph.OpNode reader : graph.readers(id)) {
      halo = Math.max(halo, reader.op().inputHalo(reader.in()));
    }
    if (isOverwritten(id)) {
      halo = Math.max(halo, gradientHalo(id));
    }
    Volume volume = volume(graph.shape(id), halo);
    if (id > 0 && graph.node(id) instanceof Graph.OpNode node && node.op().isView()) {
      Value source = value(node.input());
      if (sameCells(source.volume(), volume)) {
        return new Value(volume, source.buffer());
      }
    }
    return new Value(volume, buffer(volume.bytes(), false));
  }

  /** Whether the cells of both lie in the same places. */
  private static boolean sameCells(Volume a, Volume b) {
    return a.equals(b) || a.isContiguous() && b.isContiguous();
  }

  /**
   * Whether the gradient of this value takes its place: nobody wants the value any more by then.
   */
  private boolean isOverwritten(int id) {
    return mode == Mode.TRAIN
        && id > 0
        && graph.node(id) instanceof Graph.OpNode maker
        && !maker.op().readsOutputBackward()
        && graph.readerCount(id) == 1
        && graph.readers(id).stream().anyMatch(reader -> reader.op().canOverwriteInput());
  }

  private int gradientHalo(int id) {
    return id > 0 && graph.node(id) instanceof Graph.OpNode maker && needsGradient(maker.input())
        ? maker.op().gradientHalo(maker.in())
        : 0;
  }

  Volume gradientVolume(int id) {
    return isOverwritten(id) ? value(id).volume() : volume(graph.shape(id), gradientHalo(id));
  }

  Value gradient(int id) {
    if (!gradients.containsKey(id)) {
      gradients.put(id, makeGradient(id));
    }
    return Objects.requireNonNull(gradients.get(id));
  }

  private Value makeGradient(int id) {
    if (isOverwritten(id)) {
      return value(id);
    }
    Volume volume = gradientVolume(id);
    if (graph.readerCount(id) == 1) {
      for (Graph.OpNode reader : graph.readers(id)) {
        if (reader.op().isView() && sameCells(gradientVolume(reader.id()), volume)) {
          return new Value(volume, gradient(reader.id()).buffer());
        }
      }
    }
    // Features that fill up the last vector are never written: zeros for the weights' pass.
    return new Value(
        volume, buffer(volume.isFlat() ? volume.paddedBytes() : volume.bytes(), false));
  }

  /** Whether anything before this value learns. */
  boolean needsGradient(int id) {
    return id != 0
        && (graph.node(id).inputs().stream().anyMatch(this::needsGradient)
            || graph.node(id) instanceof Graph.OpNode node
                && !node.op().parameters(node.in()).isEmpty());
  }

  /** Where one reader writes its share of the gradient: the gradient itself if it is alone. */
  Value gradientFor(int id) {
    if (graph.readerCount(id) <= 1) {
      return gradient(id);
    }
    Volume volume = gradientVolume(id);
    Value share = new Value(volume, buffer(volume.bytes(), false));
    shares.computeIfAbsent(id, key -> new ArrayList<>()).add(share);
    return share;
  }

  /** The shares of the gradient of a value that has several readers. */
  List<Value> shares(int id) {
    return shares.getOrDefault(id, List.of());
  }

  Buffer buffer(long bytes, boolean perBlock) {
    Buffer buffer = new Buffer(bytes, perBlock);
    buffers.add(buffer);
    return buffer;
  }

  Lowering.Address region(long bytes) {
    Lowering.Address address = new Lowering.Address();
    regions.add(new Region(address, bytes));
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
    if (phases.isEmpty() || !(phases.getLast() instanceof Phase.Blocks)) {
      phases.add(new Phase.Blocks(new ArrayList<>()));
    }
    Phase.Blocks phase = (Phase.Blocks) phases.getLast();
    phase.steps().add(new Phase.Labelled<>(label, step));
    use(uses, phases.size());
  }

  void tiles(TileStep step, List<Buffer> uses) {
    phases.add(new Phase.Tiles(List.of(new Phase.Labelled<>(label, step))));
    use(uses, phases.size());
  }

  void gradientTiles(TileStep step, List<Buffer> uses) {
    gradientSteps.add(new Phase.Labelled<>(label, step));
    use(uses, Integer.MAX_VALUE);
  }

  private static void use(List<Buffer> uses, int phase) {
    for (Buffer buffer : uses) {
      buffer.use(phase);
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
      // In the parameters' order, as the optimiser goes over them: so a worker updates what it
      // wrote. It is slow to write memory that another processor has read.
      phases.add(new Phase.Tiles(List.copyOf(gradientSteps.reversed())));
    }
  }

  void whenPlaced(Runnable action) {
    whenPlaced.add(action);
  }

  int blocks() {
    return blocks;
  }

  List<Phase> phases() {
    return List.copyOf(phases);
  }

  /**
   * Gives every buffer its place.
   *
   * @param start the first free byte
   * @return the first byte after the last buffer
   */
  long place(long start, int workers) {
    long next = start;
    for (Region region : regions) {
      region.address().set(next);
      next += Math.ceilDiv(region.bytes(), Lanes.BYTES) * Lanes.BYTES;
    }
    for (Buffer buffer : buffers) {
      if (buffer.isPerBlock()) {
        buffer.place(next);
        next += buffer.bytes() * blocks;
      }
    }
    for (Buffer buffer : buffers) {
      if (!buffer.isPerBlock()) {
        buffer.place(next);
        next += buffer.bytes() * workers;
      }
    }
    return Math.ceilDiv(next, PAGE) * PAGE;
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
