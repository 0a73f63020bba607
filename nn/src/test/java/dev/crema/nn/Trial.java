package dev.crema.nn;

import dev.crema.engine.Key;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A network with random parameters and a random batch, for the compiled program and for the
 * reference.
 *
 * @param seed what everything is drawn from
 * @param images bytes, as a program takes them
 */
record Trial(
    Graph graph,
    Loss loss,
    long seed,
    byte[] images,
    int[] labels,
    Map<String, float[]> parameters) {

  /** What a program made of a batch: every bit of it, for comparison. */
  record Step(
      double loss,
      int correct,
      double gradientNorm,
      Map<String, float[]> gradients,
      Map<String, float[]> kept) {
    /** Equal exactly if all numbers are the same bits. */
    Map<String, List<Integer>> bits() {
      Map<String, List<Integer>> bits = new TreeMap<>();
      gradients.forEach((path, values) -> bits.put(path + " gradient", bits(values)));
      kept.forEach((path, values) -> bits.put(path, bits(values)));
      long lossBits = Double.doubleToRawLongBits(loss);
      long normBits = Double.doubleToRawLongBits(gradientNorm);
      bits.put("loss", List.of((int) lossBits, (int) (lossBits >>> 32), correct));
      bits.put("norm", List.of((int) normBits, (int) (normBits >>> 32)));
      return bits;
    }

    private static List<Integer> bits(float[] values) {
      return IntStream.range(0, values.length)
          .mapToObj(i -> Float.floatToRawIntBits(values[i]))
          .toList();
    }
  }

  static Trial draw(Graph graph, Loss loss, int count, long seed) {
    Key key = Key.of(seed);
    byte[] images = new byte[count * graph.input().size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) (1 + key.fold("images").below(255, i)); // a zero is on a rectifier's kink
    }
    int classes = graph.shape(graph.output()).size();
    int[] labels = new int[count];
    Arrays.setAll(labels, i -> key.fold("labels").below(classes, i));
    Map<String, float[]> parameters = new TreeMap<>();
    for (Graph.Node node : graph.nodes()) {
      if (node instanceof Graph.OpNode op) {
        for (Parameter parameter : op.op().parameters(op.in())) {
          String path = op.path() + "." + parameter.name();
          parameters.put(path, values(parameter, key.fold(path)));
        }
      }
    }
    return new Trial(graph, loss, seed, images, labels, parameters);
  }

  /** Numbers of about 1 / sqrt(fan in), so that all that is computed is of about 1. */
  private static float[] values(Parameter parameter, Key key) {
    float[] values = new float[parameter.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          (float)
              (parameter.name().equals("running_var")
                  ? 0.5 + key.uniform(i)
                  : key.normal(i) / Math.sqrt(parameter.fanIn()));
    }
    return values;
  }

  /** The randomness of the step. */
  Key key() {
    return Key.of(seed).fold("step");
  }

  /** Runs the first {@code count} images. */
  Step run(Program program, int count) {
    for (Storage storage : program.parameters()) {
      program.write(storage, parameters.get(storage.path()));
    }
    Program.Result result = new Program.Result();
    program.run(images, labels, count, key(), result);
    Map<String, float[]> gradients = new TreeMap<>();
    Map<String, float[]> kept = new TreeMap<>();
    for (Storage storage : program.parameters()) {
      if (storage.parameter().trainable()) {
        gradients.put(storage.path(), program.readGradient(storage));
      } else {
        kept.put(storage.path(), program.read(storage));
      }
    }
    return new Step(result.loss(), result.correct(), program.gradientNorm(), gradients, kept);
  }

  /** The parameters as the reference takes them, to be changed at will. */
  Map<String, double[]> doubles() {
    Map<String, double[]> doubles = new TreeMap<>();
    parameters.forEach((path, values) -> doubles.put(path, doubles(values)));
    return doubles;
  }

  static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  /** Evaluates the first {@code count} images by definition. */
  Reference.Outcome define(Mode mode, int count, Map<String, double[]> parameters) {
    int size = graph.input().size();
    double[][] pixels = new double[count][size];
    for (int i = 0; i < count; i++) {
      for (int p = 0; p < size; p++) {
        pixels[i][p] = (images[i * size + p] & 0xFF) / 255.0;
      }
    }
    return new Reference(graph, loss, new ReferenceOps.Circumstances(mode, key()), parameters)
        .run(pixels, labels);
  }
}
