package dev.crema.nn;

import dev.crema.engine.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What the layers of a program hand to each other: how each value and its gradient is laid out, and
 * in whose place it lies. Views, concatenations and sums are layout wherever they can be, not
 * steps.
 */
final class Values {
  private final Graph graph;
  private final Mode mode;
  private final int vectors;
  private final UnaryOperator<Buffer> register;
  private final Map<Integer, Value> values = new LinkedHashMap<>();
  private final Map<Integer, Value> gradients = new LinkedHashMap<>();
  private final Map<Integer, Value> siblingsGradients = new LinkedHashMap<>();
  private final Map<Integer, List<Value>> shares = new LinkedHashMap<>();

  /**
   * None yet: each is laid out when it is first asked for.
   *
   * @param vectors vectors in a cell
   * @param register takes note of a place that is needed
   */
  Values(Graph graph, Mode mode, int vectors, UnaryOperator<Buffer> register) {
    this.graph = graph;
    this.mode = mode;
    this.vectors = vectors;
    this.register = register;
  }

  private Volume volume(Shape shape, int halo) {
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
    if (isRectified(id)) {
      return value(graph.readers(id).getFirst().id());
    }
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
      if (sameCells(source.volume(), volume) && source.isAlone()) {
        return source.as(volume);
      }
    }
    return slice(id, halo).orElseGet(() -> new Value(volume, buffer(Zeros.around(volume))));
  }

  /** The channels that the value will be in the first concatenation that reads it. */
  private Optional<Value> slice(int id, int halo) {
    return id == 0
        ? Optional.empty()
        : concatOf(id)
            .filter(concat -> value(concat.id()).volume().halo() >= halo)
            .map(concat -> slice(value(concat.id()), concat, id));
  }

  /** The first concatenation of images that reads a value. */
  private Optional<Graph.ConcatNode> concatOf(int id) {
    return graph.nodes().stream()
        .filter(node -> node.inputs().contains(id) && !node.out().isFeatures())
        .filter(Graph.ConcatNode.class::isInstance)
        .map(Graph.ConcatNode.class::cast)
        .findFirst();
  }

  /** A value's channels among those of a concatenation, or of its gradient. */
  private Value slice(Value whole, Graph.ConcatNode concat, int id) {
    int first = 0;
    for (int input : concat.inputs().subList(0, concat.inputs().indexOf(id))) {
      first += graph.shape(input).channels();
    }
    return whole.slice(first, graph.shape(id).channels());
  }

  /** Whether the layer that makes this value writes the output of the Relu that reads it. */
  boolean isRectified(int id) {
    return rectifying(id) != Op.Rectifying.NONE;
  }

  /** Whether that layer also takes the gradient of the Relu's output for that of its own. */
  boolean isGradientRectified(int id) {
    return rectifying(id) == Op.Rectifying.BOTH_WAYS;
  }

  private Op.Rectifying rectifying(int id) {
    return id > 0
            && graph.node(id) instanceof Graph.OpNode maker
            && graph.readerCount(id) == 1
            && graph.readers(id).stream().anyMatch(reader -> reader.op() instanceof Relu)
        ? maker.op().rectifying()
        : Op.Rectifying.NONE;
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

  /** The layout of the gradient of a value. */
  Volume gradientVolume(int id) {
    return isOverwritten(id) ? value(id).volume() : volume(graph.shape(id), gradientHalo(id));
  }

  /** The gradient of a value, whole once all its readers have written their shares. */
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
    return handedOn(id)
        .map(reader -> gradient(reader.id()).as(volume))
        .or(() -> gradientSlice(id))
        .or(() -> siblingsSlice(id))
        // Zeros for the weights' pass.
        .orElseGet(() -> new Value(volume, buffer(Zeros.filling(volume))));
  }

  /** The channels of its siblings' gradients that are a value's, if its layer has siblings. */
  private Optional<Value> siblingsSlice(int id) {
    if (id == 0 || !(graph.node(id) instanceof Graph.OpNode node)) {
      return Optional.empty();
    }
    Siblings siblings = Siblings.of(graph, node);
    return siblings.areSeveral()
        ? Optional.of(
            siblingsGradient(siblings).slice(siblings.channelsBefore(node), node.out().channels()))
        : Optional.empty();
  }

  /** The gradients of what siblings make, side by side. */
  Value siblingsGradient(Siblings siblings) {
    int first = siblings.first().id();
    if (!siblings.areSeveral()) {
      return gradient(first);
    }
    if (!siblingsGradients.containsKey(first)) {
      Volume volume = gradientVolume(first).withChannels(siblings.channels());
      siblingsGradients.put(first, new Value(volume, buffer(Zeros.filling(volume))));
    }
    return Objects.requireNonNull(siblingsGradients.get(first));
  }

  /** The node whose gradient is that of this value, too: it alone reads it and changes nothing. */
  private Optional<Graph.Node> handedOn(int id) {
    return graph.nodes().stream()
        .filter(reader -> reader.inputs().contains(id) && graph.readerCount(id) == 1)
        .filter(reader ->
            reader instanceof Graph.SumNode
                || reader instanceof Graph.OpNode node && node.op().isView()
                || isGradientRectified(id))
        .filter(reader -> sameCells(gradientVolume(reader.id()), gradientVolume(id)))
        .findFirst();
  }

  /**
   * The channels of a concatenation's gradient that are the value's: if nobody else adds to them,
   * or if they may be added to. Not of single cells, whose channels are filled up with zeros.
   */
  private Optional<Value> gradientSlice(int id) {
    return concatOf(id)
        .filter(concat -> graph.readerCount(id) == 1 || ownsGradient(concat.id()))
        .map(concat -> slice(gradient(concat.id()), concat, id))
        .filter(slice -> !slice.volume().isFlat() && slice.volume().equals(gradientVolume(id)));
  }

  /** Whether the gradient of a value is not also that of others, as those of a sum's terms are. */
  private boolean ownsGradient(int id) {
    return handedOn(id)
        .map(reader -> !(reader instanceof Graph.SumNode) && ownsGradient(reader.id()))
        .or(() ->
            graph.readerCount(id) == 1
                ? concatOf(id).map(concat -> ownsGradient(concat.id()))
                : Optional.empty())
        .orElse(true);
  }

  /** Whether anything before this value learns. */
  boolean needsGradient(int id) {
    return id != 0
        && (graph.node(id).inputs().stream().anyMatch(this::needsGradient)
            || graph.node(id) instanceof Graph.OpNode node
                && !node.op().parameters(node.in()).isEmpty());
  }

  /**
   * Where one reader writes its share of the gradient: the gradient itself for the first one, but
   * for channels of a concatenation's gradient, which are the concatenation's share.
   */
  Value gradientFor(int id) {
    Value gradient = gradient(id);
    if (graph.readerCount(id) <= 1) {
      return gradient;
    }
    Volume volume = gradientVolume(id);
    boolean isFree = gradientSlice(id).isEmpty() && !isGradientStarted(id);
    Value share = isFree ? gradient : new Value(volume, buffer(volume.bytes(), Zeros.NONE));
    addShare(id, share);
    return share;
  }

  /** Whether a reader has written its share of the gradient where the gradient will be. */
  boolean isGradientStarted(int id) {
    return shares(id).stream().anyMatch(share -> share.coincides(gradient(id)));
  }

  private void addShare(int id, Value share) {
    shares.computeIfAbsent(id, key -> new ArrayList<>()).add(share);
  }

  /** Makes a gradient a share of that of a value, if it has several and they lie alike. */
  boolean shareGradient(Value gradient, int to) {
    Volume volume = gradientVolume(to);
    if (graph.readerCount(to) <= 1 || !sameCells(gradient.volume(), volume)) {
      return false;
    }
    addShare(to, gradient.as(volume));
    return true;
  }

  /** The shares of the gradient of a value that has several readers. */
  List<Value> shares(int id) {
    return shares.getOrDefault(id, List.of());
  }

  private Buffer buffer(Zeros zeros) {
    return buffer(zeros.bytes(), zeros);
  }

  private Buffer buffer(long bytes, Zeros zeros) {
    return register.apply(new Buffer(bytes, Buffer.Per.WORKER, zeros));
  }
}
