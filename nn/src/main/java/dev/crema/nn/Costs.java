package dev.crema.nn;

import java.util.Collection;
import java.util.List;

/**
 * What the steps of a program cost by definition.
 *
 * @param slots how many numbers the optimiser keeps for each weight
 * @param parameters all of the network, in any order
 */
record Costs(Graph graph, int batch, int slots, Collection<Storage> parameters) {
  /** What one label costs. */
  Profile.Cost of(Profile.Label label) {
    return switch (label.pass()) {
      // pixels come as bytes
      case INPUT -> bytes(batch * 1.25 * graph.input().size());
      case LOSS -> bytes(batch * 2.0 * graph.shape(graph.output()).size());
      case UPDATE -> bytes((2 + slots) * numbers(""));
      case FORWARD, BACKWARD, BACKWARD_WEIGHTS, BACKWARD_DATA ->
          of(labelled(label.path()), label.pass());
      case OTHER -> Profile.Cost.NONE;
    };
  }

  /** The nodes that go by this path: several if they are siblings, which go back as one. */
  private List<? extends Graph.Node> labelled(String path) {
    for (Graph.Node node : graph.nodes()) {
      if (node.path().equals(path)) {
        return List.of(node);
      }
      if (node instanceof Graph.OpNode layer && Siblings.of(graph, layer).path().equals(path)) {
        return Siblings.of(graph, layer).nodes();
      }
    }
    return List.of();
  }

  /** A pass of nodes that read the same values. */
  private Profile.Cost of(List<? extends Graph.Node> nodes, Pass pass) {
    if (nodes.isEmpty()) {
      return Profile.Cost.NONE;
    }
    List<Integer> inputs = nodes.getFirst().inputs();
    double in = inputs.stream().mapToLong(id -> graph.shape(id).size()).sum();
    double images = pass == Pass.BACKWARD ? 2 * in : in;
    double numbers = 0;
    double flops = 0;
    for (Graph.Node node : nodes) {
      images += node.out().size();
      numbers += numbers(node.path() + ".");
      if (node instanceof Graph.OpNode op && pass != Pass.BACKWARD) {
        flops += 2.0 * batch * op.op().multiplyAdds(op.in());
      }
    }
    return new Profile.Cost(flops, bytes(batch * images + numbers).bytes());
  }

  private static Profile.Cost bytes(double floats) {
    return new Profile.Cost(0, floats * Float.BYTES);
  }

  /** How many numbers the trainable parameters have whose names begin so. */
  private double numbers(String prefix) {
    return parameters.stream()
        .filter(storage -> storage.parameter().trainable() && storage.path().startsWith(prefix))
        .mapToDouble(Storage::size)
        .sum();
  }
}
