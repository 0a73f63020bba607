package dev.crema.nn;

import dev.crema.engine.Key;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where the numbers of a step first stop being finite, in the order in which it computes: the
 * layers' outputs from first to last, the loss, the gradients from the last layer to the first.
 *
 * @param layer the layer's path, or where it is none, {@code loss} or {@code gradients}
 * @param what what is not finite, for people
 */
public record NonFinite(String layer, String what) {
  /**
   * Finds it for the step that a program ran last. A program forgets outputs as soon as it can, so
   * the step runs once more, in a copy that looks at each of them.
   *
   * @param result what the step found
   */
  public static NonFinite find(
      Program program, byte[] images, int[] classes, int count, Key key, Program.Result result) {
    Watch watch = new Watch();
    Program copy = program.watchedBy(watch);
    copy.copyParameters(program);
    copy.run(images, classes, count, key, new Program.Result());
    return watch
        .first()
        .or(() ->
            Double.isFinite(result.loss())
                ? Optional.empty()
                : Optional.of(new NonFinite("loss", "the loss, though every layer's output is")))
        .or(() -> gradient(program))
        .orElse(new NonFinite("gradients", "the norm of all gradients, though each of them is"));
  }

  private static Optional<NonFinite> gradient(Program program) {
    for (Storage storage : List.copyOf(program.parameters()).reversed()) {
      if (storage.parameter().trainable() && !isFinite(program.readGradient(storage))) {
        String path = storage.path();
        return Optional.of(
            new NonFinite(
                path.substring(0, path.lastIndexOf('.')),
                "the gradient of `" + path + "`, though every layer's output is"));
      }
    }
    return Optional.empty();
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** Looks at what each layer makes, right after it made it. */
  static final class Watch {
    private final List<Graph.Node> nodes = new ArrayList<>();
    private final AtomicInteger first = new AtomicInteger(Integer.MAX_VALUE);

    /** Adds a step that looks at what a node, lowered just before, made. */
    void add(Assembly to, Graph.Node node) {
      int place = nodes.size();
      nodes.add(node);
      Value value = to.values().value(node.id());
      to.block(
          (m, work) -> {
            if (place < first.get()
                && !isFinite(m, value.volume(), value.at(work), images(to, value, work))) {
              first.accumulateAndGet(place, Math::min);
            }
          },
          List.of(value.buffer()));
    }

    private Optional<NonFinite> first() {
      if (first.get() == Integer.MAX_VALUE) {
        return Optional.empty();
      }
      Graph.Node node = nodes.get(first.get());
      String layer =
          switch (node) {
            case Graph.OpNode op -> op.op().toString();
            case Graph.SumNode _ -> "Sum";
            case Graph.ConcatNode _ -> "Concat";
          };
      return Optional.of(
          new NonFinite(node.path(), "the output of layer " + node.path() + ", " + layer));
    }

    /** How many images of the batch are in a block; its other lanes hold anything. */
    private static int images(Assembly to, Value value, Work work) {
      int perBlock = value.volume().vectors() * Lanes.COUNT;
      return Math.min(perBlock, to.frame().images() - work.block() * perBlock);
    }

    private static boolean isFinite(MemorySegment m, Volume volume, long block, int images) {
      for (int c = 0; c < volume.channels(); c++) {
        for (int y = 0; y < volume.height(); y++) {
          for (int x = 0; x < volume.width(); x++) {
            long cell = block + volume.at(c, y, x);
            for (int i = 0; i < images; i++) {
              if (!Float.isFinite(m.get(ValueLayout.JAVA_FLOAT, cell + (long) i * Float.BYTES))) {
                return false;
              }
            }
          }
        }
      }
      return true;
    }
  }
}
