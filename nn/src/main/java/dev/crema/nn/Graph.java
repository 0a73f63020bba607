package dev.crema.nn;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A network laid out for one input shape: its layers and joins in the order in which they run.
 *
 * <p>Value 0 is the input; node i makes value i + 1.
 *
 * @param input the input's shape
 * @param nodes the layers and joins
 */
public record Graph(Shape input, List<Node> nodes) {
  /** A layer or a join; it makes the value of its id. */
  public sealed interface Node {
    /** The value that it makes. */
    int id();

    /** Where it stands in the network, as PyTorch would name it. */
    String path();

    /** The values that it reads. */
    List<Integer> inputs();

    /** The shape of what it makes. */
    Shape out();
  }

  /** A layer on one value. */
  public record OpNode(int id, String path, Op op, int input, Shape in, Shape out) implements Node {
    @Override
    public List<Integer> inputs() {
      return List.of(input);
    }
  }

  /** Values of one shape, added. */
  public record SumNode(int id, String path, List<Integer> inputs, Shape out) implements Node {}

  /** Values, their channels one after the other. */
  public record ConcatNode(int id, String path, List<Integer> inputs, Shape out) implements Node {}

  /** Copies the list, in which each node reads what those before it made. */
  public Graph {
    nodes = List.copyOf(nodes);
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException("expected one node or more, got none");
    }
    for (int i = 0; i < nodes.size(); i++) {
      check(input, nodes, i);
    }
  }

  private static void check(Shape input, List<Node> nodes, int place) {
    Node node = nodes.get(place);
    if (node.id() != place + 1) {
      throw new IllegalArgumentException("expected id %s, got %s".formatted(place + 1, node));
    }
    if (node.inputs().isEmpty()) {
      throw new IllegalArgumentException("expected a value to read, got none for " + node);
    }
    for (int id : node.inputs()) {
      if (id < 0 || id > place) {
        throw new IllegalArgumentException(
            "expected to read values 0 ... %s, got value %s for %s".formatted(place, id, node));
      }
      Shape made = id == 0 ? input : nodes.get(id - 1).out();
      if (node instanceof OpNode op && !op.in().equals(made)) {
        throw new IllegalArgumentException(
            "expected %s to read value %s, which is %s".formatted(node, id, made));
      }
    }
  }

  /**
   * Lays out a network.
   *
   * @throws NetworkException with all faults at once
   */
  public static Graph of(Net net, Shape input) {
    Builder builder = new Builder();
    builder.add(net, "", new Made(0, input));
    if (builder.nodes.isEmpty() && builder.faults.isEmpty()) {
      builder.faults.add("the network has no layer");
    }
    if (!builder.faults.isEmpty()) {
      throw new NetworkException(builder.faults);
    }
    return new Graph(input, builder.nodes);
  }

  /** The value that the network makes. */
  public int output() {
    return nodes.getLast().id();
  }

  /** The shape of a value. */
  public Shape shape(int id) {
    return id == 0 ? input : node(id).out();
  }

  /** The node that makes a value other than the input. */
  Node node(int id) {
    return nodes.get(id - 1);
  }

  /** How often a value is read. */
  int readerCount(int id) {
    return (int)
        nodes.stream().flatMap(node -> node.inputs().stream()).filter(i -> i == id).count();
  }

  /** The layers that read a value. */
  List<OpNode> readers(int id) {
    return nodes.stream()
        .filter(OpNode.class::isInstance)
        .map(OpNode.class::cast)
        .filter(node -> node.input() == id)
        .toList();
  }

  /** The layer that alone reads a value, behind those that only see it in another shape. */
  Optional<OpNode> onlyReader(int id) {
    List<OpNode> readers = readers(id);
    if (readers.size() != 1 || readerCount(id) != 1) {
      return Optional.empty();
    }
    OpNode reader = readers.getFirst();
    return reader.op().isView() ? onlyReader(reader.id()) : Optional.of(reader);
  }

  /** The same function with fewer operations. */
  Graph simplified() {
    return withoutIdentities().withPoolsFirst();
  }

  /** Who reads the output of a layer that changes nothing reads its input. */
  private Graph withoutIdentities() {
    List<Node> kept = new ArrayList<>();
    int[] ids = new int[nodes.size() + 1];
    for (Node node : nodes) {
      if (node instanceof OpNode op && op.op() instanceof Identity && op.input() != 0) {
        ids[node.id()] = ids[op.input()];
      } else {
        ids[node.id()] = kept.size() + 1;
        List<Integer> inputs = node.inputs().stream().map(id -> ids[id]).toList();
        kept.add(renumbered(node, ids[node.id()], inputs));
      }
    }
    return new Graph(input, kept);
  }

  private static Node renumbered(Node node, int id, List<Integer> inputs) {
    return switch (node) {
      case OpNode(_, String path, Op op, _, Shape in, Shape out) ->
          new OpNode(id, path, op, inputs.getFirst(), in, out);
      case SumNode(_, String path, _, Shape out) -> new SumNode(id, path, inputs, out);
      case ConcatNode(_, String path, _, Shape out) -> new ConcatNode(id, path, inputs, out);
    };
  }

  /**
   * A rising activation before max pooling moves behind it, where fewer numbers are left: max(f(a),
   * f(b)) = f(max(a, b)), and the gradient goes to the same cell.
   */
  private Graph withPoolsFirst() {
    List<Node> moved = new ArrayList<>(nodes);
    for (int i = 0; i + 1 < moved.size(); i++) {
      if (moved.get(i) instanceof OpNode first
          && moved.get(i + 1) instanceof OpNode second
          && first.op().activation().isPresent()
          && second.op() instanceof MaxPool2d
          && second.input() == first.id()
          && readerCount(first.id()) == 1) {
        moved.set(
            i,
            new OpNode(
                first.id(), second.path(), second.op(), first.input(), first.in(), second.out()));
        moved.set(
            i + 1,
            new OpNode(
                second.id(), first.path(), first.op(), first.id(), second.out(), second.out()));
      }
    }
    return new Graph(input, moved);
  }

  /** The same numbers in a row, as a loss wants them: ends in a Flatten if it ends in an image. */
  Graph flattened() {
    Shape last = shape(output());
    if (last.isFeatures()) {
      return this;
    }
    Flatten flatten = new Flatten();
    List<Node> all = new ArrayList<>(nodes);
    all.add(new OpNode(output() + 1, "output", flatten, output(), last, flatten.output(last)));
    return new Graph(input, all);
  }

  private record Made(int id, Shape shape) {}

  private static final class Builder {
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final Set<String> paths = new LinkedHashSet<>();

    /** Adds a network; empty where a fault leaves no shape to go on with. */
    private Optional<Made> add(Net net, String path, Made from) {
      return switch (net) {
        case Net.Chain(List<Net> nets) -> {
          Optional<Made> made = Optional.of(from);
          for (int i = 0; i < nets.size() && made.isPresent(); i++) {
            made = child(nets.get(i), path, i, made.get());
          }
          yield made;
        }
        case Net.Named(String name, Net inner) -> add(inner, within(path, name), from);
        case Net.Sum(List<Net> nets) -> join(nets, path, from, false);
        case Net.Concat(List<Net> nets) -> join(nets, path, from, true);
        case Op op -> layer(op, path.isEmpty() ? "0" : path, from);
      };
    }

    /** Adds a part of a network: what has no name of its own goes by its number. */
    private Optional<Made> child(Net net, String path, int index, Made from) {
      boolean named = net instanceof Net.Named;
      return add(net, named ? path : within(path, String.valueOf(index)), from);
    }

    private static String within(String path, String name) {
      return path.isEmpty() ? name : path + "." + name;
    }

    private Optional<Made> layer(Op op, String path, Made from) {
      if (!paths.add(path)) {
        faults.add(path + ": there are two layers of this name; give each its own");
      }
      Shape out;
      try {
        out = op.output(from.shape());
        checkNames(op.parameters(from.shape())); // refuses those that no array can hold
      } catch (ShapeException e) {
        faults.add(path + ": " + e.getMessage());
        return guess(op, from).map(shape -> new Made(from.id(), shape));
      } catch (IllegalArgumentException e) {
        faults.add("%s: %s cannot take %s: %s".formatted(path, op, from.shape(), e.getMessage()));
        return Optional.empty();
      }
      nodes.add(new OpNode(nodes.size() + 1, path, op, from.id(), from.shape(), out));
      return Optional.of(new Made(nodes.size(), out));
    }

    /** Parameters of one name would have one place. */
    private static void checkNames(List<Parameter> parameters) {
      List<String> names = parameters.stream().map(Parameter::name).toList();
      if (new LinkedHashSet<>(names).size() < names.size()) {
        throw new IllegalArgumentException(
            "two of its parameters have one name: " + names + "; give each its own");
      }
    }

    /** What the layer would make if the missing or superfluous Flatten were mended. */
    private static Optional<Shape> guess(Op op, Made from) {
      try {
        return Optional.of(op.output(Shape.features(from.shape().size())));
      } catch (ShapeException e) {
        return Optional.empty();
      }
    }

    private Optional<Made> join(List<Net> nets, String path, Made from, boolean concat) {
      List<Made> branches = new ArrayList<>();
      for (int i = 0; i < nets.size(); i++) {
        child(nets.get(i), path, i, from).ifPresent(branches::add);
      }
      if (branches.size() < nets.size()) {
        return Optional.empty();
      }
      Shape first = branches.getFirst().shape();
      long channels = 0;
      for (Made branch : branches) {
        Shape shape = branch.shape();
        channels += shape.channels();
        boolean fits =
            concat
                ? shape.isFeatures() == first.isFeatures()
                    && shape.height() == first.height()
                    && shape.width() == first.width()
                : shape.equals(first);
        if (!fits) {
          faults.add(
              "%s%s expects branches of %s, got %s and %s"
                  .formatted(
                      path.isEmpty() ? "" : path + ": ",
                      concat ? "Concat" : "Sum",
                      concat ? "one height and width" : "one shape",
                      first,
                      shape));
          return Optional.empty();
        }
      }
      List<Integer> ids = branches.stream().map(Made::id).toList();
      int id = nodes.size() + 1;
      if (concat) {
        try {
          int all = (int) Math.min(channels, Integer.MAX_VALUE);
          Shape out =
              first.isFeatures()
                  ? Shape.features(all)
                  : Shape.image(all, first.height(), first.width());
          nodes.add(new ConcatNode(id, path, ids, out));
          return Optional.of(new Made(id, out));
        } catch (IllegalArgumentException e) {
          faults.add(
              "%sConcat of %s branches makes %s channels: %s"
                  .formatted(
                      path.isEmpty() ? "" : path + ": ", nets.size(), channels, e.getMessage()));
          return Optional.empty();
        }
      }
      nodes.add(new SumNode(id, path, ids, first));
      return Optional.of(new Made(id, first));
    }
  }
}
