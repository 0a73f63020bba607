package dev.crema.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a network means: every layer by its definition, in double precision and the plainest loops,
 * on the graph as it was written and not as the compiler simplifies it.
 */
final class Reference {
  /**
   * What a batch came to.
   *
   * @param outputs what the network makes of each image
   * @param loss the sum of the images' losses
   * @param correct how many images' first largest output is that of the label
   * @param running the running statistics after the batch
   * @param branches a hash of every choice that was made: the sign of each rectifier's input and
   *     the largest cell of each window. Between two evaluations with the same choices the loss is
   *     smooth
   * @param margin how far the closest choice was from another one
   */
  record Outcome(
      double[][] outputs,
      double loss,
      int correct,
      Map<String, double[]> running,
      long branches,
      double margin) {}

  private final Graph graph;
  private final Loss loss;
  private final ReferenceOps ops;
  private final Map<String, double[]> parameters;

  /**
   * Prepares to evaluate.
   *
   * @param circumstances the mode and the step's key
   * @param parameters by their paths, in PyTorch's order
   */
  Reference(
      Graph graph,
      Loss loss,
      ReferenceOps.Circumstances circumstances,
      Map<String, double[]> parameters) {
    this.graph = graph;
    this.loss = loss;
    this.parameters = parameters;
    ops = new ReferenceOps(circumstances);
  }

  Outcome run(double[][] images, int[] labels) {
    List<double[][]> values = new ArrayList<>();
    values.add(images);
    Map<String, double[]> running = new TreeMap<>();
    ops.reset();
    for (Graph.Node node : graph.nodes()) {
      values.add(
          switch (node) {
            case Graph.OpNode op -> layer(op, values.get(op.input()), running);
            case Graph.SumNode sum ->
                sum(sum.inputs().stream().map(values::get).toList(), sum.out().size());
            case Graph.ConcatNode concat ->
                concat(concat.inputs().stream().map(values::get).toList());
          });
    }
    double[][] outputs = values.getLast();
    double total = 0;
    int correct = 0;
    for (int i = 0; i < outputs.length; i++) {
      total += loss(outputs[i], labels[i]);
      correct += labels[i] == firstLargest(outputs[i]) ? 1 : 0;
    }
    return new Outcome(outputs, total, correct, running, ops.branches(), ops.margin());
  }

  private double[][] layer(Graph.OpNode node, double[][] in, Map<String, double[]> running) {
    Map<String, double[]> own = new TreeMap<>();
    for (Parameter parameter : node.op().parameters(node.in())) {
      own.put(parameter.name(), parameters.get(node.path() + "." + parameter.name()).clone());
    }
    double[][] out = ops.apply(node, own, in);
    for (Parameter parameter : node.op().parameters(node.in())) {
      if (!parameter.trainable()) {
        running.put(node.path() + "." + parameter.name(), own.get(parameter.name()));
      }
    }
    return out;
  }

  private static double[][] sum(List<double[][]> terms, int size) {
    double[][] sum = new double[terms.getFirst().length][size];
    for (double[][] term : terms) {
      for (int i = 0; i < sum.length; i++) {
        for (int j = 0; j < size; j++) {
          sum[i][j] += term[i][j];
        }
      }
    }
    return sum;
  }

  /** Channels are the outermost dimension, so whole images follow each other. */
  private static double[][] concat(List<double[][]> parts) {
    double[][] all = new double[parts.getFirst().length][];
    for (int i = 0; i < all.length; i++) {
      int image = i;
      all[i] = parts.stream().flatMapToDouble(part -> Arrays.stream(part[image])).toArray();
    }
    return all;
  }

  private double loss(double[] output, int label) {
    double sum = 0;
    for (int k = 0; k < output.length; k++) {
      double log =
          switch (loss.kind()) {
            case CROSS_ENTROPY -> output[k] - ReferenceOps.logOfSum(output);
            case PROBABILITY_CROSS_ENTROPY -> Math.log(Math.max(output[k], 1e-12));
            case NEGATIVE_LOG_LIKELIHOOD -> output[k];
          };
      double target = (k == label ? 1 - loss.smoothing() : 0) + loss.smoothing() / output.length;
      sum -= target * log;
    }
    return sum;
  }

  private static int firstLargest(double[] values) {
    int best = 0;
    for (int k = 1; k < values.length; k++) {
      best = values[k] > values[best] ? k : best;
    }
    return best;
  }
}
