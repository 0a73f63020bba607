package dev.crema.nn;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Layers whose ways back are one: convolutions of single cells that read the same value. With their
 * weights side by side in one table and the gradients of their outputs side by side in one place,
 * they are one convolution, whose outputs are theirs, one after the other.
 *
 * <p>Narrow ones gain: adding to the gradient of many inputs what a few outputs make of them is
 * loading and storing, and little else.
 *
 * @param nodes the layers in their order; a single one if there are no others
 */
record Siblings(List<Graph.OpNode> nodes) {
  /** Those of a layer, itself included. */
  static Siblings of(Graph graph, Graph.OpNode node) {
    return isSibling(graph, node)
        ? new Siblings(
            graph.readers(node.input()).stream().filter(each -> isSibling(graph, each)).toList())
        : alone(node);
  }

  /** A layer by itself. */
  static Siblings alone(Graph.OpNode node) {
    return new Siblings(List.of(node));
  }

  /** Whether a layer can be one: the gradient of its output must be free to lie anywhere. */
  private static boolean isSibling(Graph graph, Graph.OpNode node) {
    return node.op() instanceof Conv2d convolution
        && convolution.isOfCells()
        && graph.readerCount(node.id()) == 1
        && graph.readers(node.id()).stream()
            .anyMatch(reader -> !reader.op().isView() && !reader.op().canOverwriteInput());
  }

  /** Whether the layer has others beside it. */
  boolean areSeveral() {
    return nodes.size() > 1;
  }

  /** The one that goes forward first, and back last, when the others have done what they can. */
  Graph.OpNode first() {
    return nodes.getFirst();
  }

  /** Output channels of all. */
  int channels() {
    return channels(nodes);
  }

  /** Output channels of those before this one. */
  int channelsBefore(Graph.OpNode node) {
    return channels(nodes.subList(0, nodes.indexOf(node)));
  }

  private static int channels(List<Graph.OpNode> nodes) {
    return nodes.stream().mapToInt(each -> each.out().channels()).sum();
  }

  /** The layers' paths. */
  String path() {
    return nodes.stream().map(Graph.OpNode::path).collect(Collectors.joining(" + "));
  }
}
