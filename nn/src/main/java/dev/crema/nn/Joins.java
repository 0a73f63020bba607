package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Volume;
import java.util.ArrayList;
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
    List<Value> shares = to.shares(id);
    if (shares.isEmpty()) {
      return;
    }
    add(to, shares, to.gradient(id));
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
    node.inputs().forEach(id -> inputs.add(to.value(id)));
    add(to, inputs, to.value(node.id()));
    to.backward(() -> {
      for (int id : node.inputs()) {
        if (to.needsGradient(id)) {
          to.handGradientOn(node.id(), id);
        }
      }
    });
  }

  private static void lowerConcat(Assembly to, Graph.ConcatNode node) {
    Value out = to.value(node.id());
    long channel = 0;
    for (int id : node.inputs()) {
      Value in = to.value(id);
      copy(to, in, 0, out, channel * out.volume().plane(), in.volume());
      channel += in.volume().channels();
    }
    to.backward(() -> {
      Value dOut = to.gradient(node.id());
      long from = 0;
      for (int id : node.inputs()) {
        if (to.needsGradient(id)) {
          Value share = to.gradientFor(id);
          copy(to, dOut, from * dOut.volume().plane(), share, 0, share.volume());
        }
        from += to.value(id).volume().channels();
      }
    });
  }

  /** Copies as many channels as {@code slice} has, between two values with halos of their own. */
  private static void copy(
      Assembly to, Value from, long fromOffset, Value into, long intoOffset, Volume slice) {
    Kernels kernels = to.kernels();
    Volume source = withChannels(from.volume(), slice.channels());
    Volume target = withChannels(into.volume(), slice.channels());
    to.block(
        (m, work) ->
            kernels.copy(m, source, from.at(work) + fromOffset, target, into.at(work) + intoOffset),
        List.of(from.buffer(), into.buffer()));
  }

  private static Volume withChannels(Volume volume, int channels) {
    return new Volume(channels, volume.height(), volume.width(), volume.halo(), volume.vectors());
  }
}
