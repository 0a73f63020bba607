package dev.crema.nn;

import dev.crema.engine.Engine;
import dev.crema.engine.Kernels;
import dev.crema.engine.Lanes;
import dev.crema.engine.kernel.Library;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A network compiled, before it is given memory: its steps, and where everything will lie.
 *
 * @param graph the network as it will be computed
 * @param batch the most images in one step
 * @param vectors vectors in a cell
 * @param assembly the steps, the buffers and the parameters
 * @param normalization where the scale and, after it, the shift of the pixels lie
 * @param labels each image's class
 * @param scale how much each image's loss counts
 * @param losses each image's loss
 * @param corrects 1 for each image that was classed rightly, else 0
 * @param output what the network makes
 * @param weights the first byte of the parameters
 * @param gradients the first byte of the trainable parameters' gradients
 * @param slots the first byte of each number that the optimiser keeps
 * @param bytes how much memory it needs
 */
record Plan(
    Graph graph,
    int batch,
    int vectors,
    Assembly assembly,
    Lowering.Address normalization,
    Buffer labels,
    Buffer scale,
    Buffer losses,
    Buffer corrects,
    Value output,
    long weights,
    long gradients,
    List<Long> slots,
    long bytes) {
  private static final int MAX_VECTORS = 4;

  /**
   * Compiles a network.
   *
   * @param slots how many numbers the optimiser keeps for each weight
   * @param watch looks at every layer's output
   */
  static Plan of(
      Graph graph,
      Loss loss,
      Mode mode,
      int batch,
      int slots,
      Engine engine,
      Optional<NonFinite.Watch> watch) {
    if (batch < 1) {
      throw new IllegalArgumentException("the batch must hold at least one image, got " + batch);
    }
    if ((long) batch * graph.input().size() > Integer.MAX_VALUE) {
      throw new NetworkException(
          String.format(
              Locale.ROOT,
              "batches of %,d images of %s are too big: expected at most %,d bytes of pixels; use a smaller batch",
              batch,
              graph.input(),
              Integer.MAX_VALUE));
    }
    Graph computed = graph.simplified().flattened();
    int vectors = computed.nodes().stream().allMatch(Plan::isFlat) ? vectorsOfCell(batch) : 1;
    int blocks = Math.ceilDiv(batch, vectors * Lanes.COUNT);
    Assembly assembly = new Assembly(computed, mode, engine.library(), vectors, blocks);
    long cell = (long) vectors * Lanes.BYTES;
    Buffer labels = assembly.buffer(cell).keep();
    Buffer scale = assembly.buffer(cell).keep();
    Buffer losses = assembly.buffer(cell).keep();
    Buffer corrects = assembly.buffer(cell).keep();
    Lowering.Address normalization = assembly.region(2L * Float.BYTES);
    Pixels.lower(assembly, graph.input(), vectors, normalization);
    for (Graph.Node node : computed.nodes()) {
      Joins.lower(assembly, node);
      watch.ifPresent(w -> w.add(assembly, node));
    }
    Value output = assembly.values().value(computed.output());
    int classes = output.volume().channels();
    Value gradient = mode == Mode.TRAIN ? assembly.values().gradient(computed.output()) : output;
    Kernels kernels = assembly.kernels();
    assembly.label("loss", Pass.LOSS);
    assembly.block(
        (m, work) ->
            loss.run(
                kernels,
                m,
                classes,
                vectors,
                output.at(work),
                labels.at(work),
                scale.at(work),
                mode == Mode.TRAIN ? gradient.at(work) : Kernels.NONE,
                losses.at(work),
                corrects.at(work)),
        List.of(output.buffer(), gradient.buffer(), labels, scale, losses, corrects));
    if (mode == Mode.INFER) {
      output.buffer().keep(); // outlives the step, for predictions
    } else {
      assembly.addBackward();
    }
    long weights = Library.SCRATCH_BYTES;
    long gradients = weights + assembly.parameterBytes();
    long next = gradients + (mode == Mode.TRAIN ? assembly.trainableBytes() : 0);
    List<Long> kept = new ArrayList<>();
    for (int i = 0; i < (mode == Mode.TRAIN ? slots : 0); i++) {
      kept.add(next);
      next += assembly.trainableBytes();
    }
    long bytes = assembly.place(next, engine.workers().count());
    assembly.bindParameters(weights, gradients);
    return new Plan(
        computed,
        batch,
        vectors,
        assembly,
        normalization,
        labels,
        scale,
        losses,
        corrects,
        output,
        weights,
        gradients,
        List.copyOf(kept),
        bytes);
  }

  private static boolean isFlat(Graph.Node node) {
    return !(node instanceof Graph.OpNode op) || op.in().isFeatures() || op.op() instanceof Flatten;
  }

  /**
   * As many vectors as a dense layer can use at once, with blocks for at least two workers. Sums
   * run block by block, so the number of workers must have no say in it.
   */
  private static int vectorsOfCell(int batch) {
    int vectors = MAX_VECTORS;
    while (vectors > 1 && Math.ceilDiv(batch, vectors * Lanes.COUNT) < 2) {
      vectors /= 2;
    }
    return vectors;
  }
}
