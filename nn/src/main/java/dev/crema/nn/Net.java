package dev.crema.nn;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * An immutable description of a network: layers, and the ways to put networks together. The
 * channels of inputs are inferred.
 */
public sealed interface Net permits Net.Chain, Net.Sum, Net.Concat, Net.Named, Op {
  /** One network after the other. */
  record Chain(List<Net> nets) implements Net {
    /** Copies the list. */
    public Chain {
      nets = List.copyOf(nets);
    }
  }

  /** All networks on the same input, their outputs added. */
  record Sum(List<Net> nets) implements Net {
    /** Copies the list, which must not be empty. */
    public Sum {
      nets = nonEmpty(nets);
    }
  }

  /** All networks on the same input, the channels of their outputs one after the other. */
  record Concat(List<Net> nets) implements Net {
    /** Copies the list, which must not be empty. */
    public Concat {
      nets = nonEmpty(nets);
    }
  }

  /** A network with a name, which starts the paths of its layers; names join as in {@code a.b}. */
  record Named(String name, Net net) implements Net {
    /** The name must be fit for a path. */
    public Named {
      if (!name.matches("[A-Za-z0-9_-]+")) {
        throw new IllegalArgumentException(
            "a name is made of letters, digits, _ and -, got `" + name + "`");
      }
    }
  }

  /** One network after the other. */
  static Net chain(Net... nets) {
    return new Chain(List.of(nets));
  }

  /** The sum of branches. */
  static Net sum(Net... nets) {
    return new Sum(List.of(nets));
  }

  /** The branches' channels, one after the other. */
  static Net concat(Net... nets) {
    return new Concat(List.of(nets));
  }

  /** A network with a name, which starts the paths of its layers; names join as in {@code a.b}. */
  static Net named(String name, Net net) {
    return new Named(name, net);
  }

  /** The same with these first values in all its convolutions and dense layers. */
  default Net init(Initializer weights, Initializer biases) {
    UnaryOperator<List<Net>> each =
        nets -> nets.stream().map(net -> net.init(weights, biases)).toList();
    return switch (this) {
      case Chain(List<Net> nets) -> new Chain(each.apply(nets));
      case Sum(List<Net> nets) -> new Sum(each.apply(nets));
      case Concat(List<Net> nets) -> new Concat(each.apply(nets));
      case Named(String name, Net net) -> new Named(name, net.init(weights, biases));
      case Op op -> op;
    };
  }

  private static List<Net> nonEmpty(List<Net> nets) {
    if (nets.isEmpty()) {
      throw new IllegalArgumentException("at least one branch is needed");
    }
    return List.copyOf(nets);
  }
}
