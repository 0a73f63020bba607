package dev.crema.nn;

import dev.crema.engine.Kernels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Lowers the nodes of a graph: layers by their own word, and the places where branches meet. */
final class Joins {
  private Joins() {}

  static void lower(Assembly to, Graph.Node node) {
    String path = node.path();
    to.label(path, Pass.FORWARD);
    switch (node) {
      case Graph.OpNode op -> op.op().lower(new Lowering(to, op));
      case Graph.SumNode sum -> lowerSum(to, sum);
      case Graph.ConcatNode concat -> lowerConcat(to, concat);
    }
    // Registered after the node's own backward steps, so it runs before them.
    to.backward(() -> {
      to.label(path, Pass.BACKWARD);
      addShares(to, node.id());
    });
  }

  /** Adds up the gradients that several readers of a value wrote. */
  private static void addShares(Assembly to, int id) {
    List<Value> shares = to.values().shares(id);
    if (!shares.isEmpty()) {
      Value gradient = to.values().gradient(id);
      // What lies in its place already comes first: nothing is written before it is read.
      List<Value> terms = new ArrayList<>(shares);
      terms.sort(Comparator.comparing(share -> !share.coincides(gradient)));
      add(to, terms, gradient);
    }
  }

  private static void add(Assembly to, List<Value> terms, Value sum) {
    Kernels kernels = to.kernels();
    Value first = terms.getFirst();
    for (int i = 1; i < terms.size(); i++) {
      Value left = i == 1 ? first : sum;
      Value right = terms.get(i);
      to.block(
          (m, work) ->
              kernels.add(
                  m,
                  left.volume(),
                  left.at(work),
                  right.volume(),
                  right.at(work),
                  sum.volume(),
                  sum.at(work)),
          List.of(left.buffer(), right.buffer(), sum.buffer()));
    }
    if (terms.size() == 1) {
      to.copy(first, sum);
    }
  }

  private static void lowerSum(Assembly to, Graph.SumNode node) {
    List<Value> inputs = new ArrayList<>();
    node.inputs().forEach(id -> inputs.add(to.values().value(id)));
    add(to, inputs, to.values().value(node.id()));
    to.backward(() -> {
      for (int id : node.inputs()) {
        if (to.values().needsGradient(id)) {
          to.handGradientOn(to.values().gradient(node.id()), id);
        }
      }
    });
  }

  /** Copies what does not lie there already. */
  private static void lowerConcat(Assembly to, Graph.ConcatNode node) {
    Value out = to.values().value(node.id());
    int channel = 0;
    for (int id : node.inputs()) {
      Value in = to.values().value(id);
      int channels = in.volume().channels();
      to.copy(in, out.slice(channel, channels));
      channel += channels;
    }
    to.backward(() -> {
      Value dOut = to.values().gradient(node.id());
      int first = 0;
      for (int id : node.inputs()) {
        int channels = to.values().value(id).volume().channels();
        if (to.values().needsGradient(id)) {
          to.handGradientOn(dOut.slice(first, channels), id);
        }
        first += channels;
      }
    });
  }
}
