package dev.crema.nn;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Where the time of a program's steps goes. */
public final class Profile {
  /**
   * What a piece of time was spent on.
   *
   * @param path the layer, or what else it is
   * @param pass what was done there
   */
  public record Label(String path, Pass pass) {}

  /**
   * What one label costs by definition, for a whole batch.
   *
   * @param flops floating-point operations; a multiply-add is two. 0 where they are not counted
   * @param bytes of the values, gradients and parameters that it reads or writes, each once; 0
   *     where they are not counted
   */
  public record Cost(double flops, double bytes) {
    static final Cost NONE = new Cost(0, 0);
  }

  /**
   * What all steps of one label cost.
   *
   * @param seconds of all workers together, since measuring began
   */
  public record Line(Label label, double seconds, Cost cost) {}

  private final List<Label> labels;
  private final Function<Label, Cost> costs;
  private final long[][] nanos;

  Profile(List<Label> labels, Function<Label, Cost> costs, int workers) {
    this.labels = List.copyOf(labels);
    this.costs = costs;
    nanos = new long[workers][labels.size()];
  }

  /** Books a step that began at this time; returns the time now. */
  long book(int worker, int step, long start) {
    long now = System.nanoTime();
    nanos[worker][step] += now - start;
    return now;
  }

  /** Books the last step of all, the update. */
  void bookLast(int worker, long start) {
    book(worker, labels.size() - 1, start);
  }

  /** A line for each label, in the order in which the steps run. */
  public List<Line> lines() {
    Map<Label, Double> seconds = new LinkedHashMap<>();
    for (int i = 0; i < labels.size(); i++) {
      int step = i;
      long sum = Arrays.stream(nanos).mapToLong(worker -> worker[step]).sum();
      seconds.merge(labels.get(i), sum * 1e-9, Double::sum);
    }
    return seconds.entrySet().stream()
        .map(entry -> new Line(entry.getKey(), entry.getValue(), costs.apply(entry.getKey())))
        .toList();
  }
}
