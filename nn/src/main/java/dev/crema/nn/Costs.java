package dev.crema.nn;

import java.util.Collection;

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
          graph.nodes().stream()
              .filter(node -> node.path().equals(label.path()))
              .findFirst()
              .map(node -> of(node, label.pass()))
              .orElse(Profile.Cost.NONE);
      case OTHER -> Profile.Cost.NONE;
    };
  }

  private Profile.Cost of(Graph.Node node, Pass pass) {
    double in = node.inputs().stream().mapToLong(id -> graph.shape(id).size()).sum();
    double images = in + node.out().size() + (pass == Pass.BACKWARD ? in : 0);
    double bytes = bytes(batch * images + numbers(node.path() + ".")).bytes();
    double flops =
        node instanceof Graph.OpNode op && pass != Pass.BACKWARD
            ? 2.0 * batch * op.op().multiplyAdds(op.in())
            : 0;
    return new Profile.Cost(flops, bytes);
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
