package dev.crema.train.study;

import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import dev.crema.nn.Summary;
import dev.crema.train.Experiment;
import dev.crema.train.NetYaml;
import dev.crema.train.study.Slice.Alike;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;
import java.util.function.ToLongFunction;

/**
 * Which sizes a study of depth or width trains: all depths with all widths, and for each depth the
 * widths that have as many parameters, or multiply-adds, as the size in the middle.
 *
 * @param family the networks
 * @param input the shape of their images
 * @param depths in ascending order
 * @param widths in ascending order
 */
public record Grid(Family family, Shape input, List<Integer> depths, List<Integer> widths) {
  /** By how much a matched size may miss, as a part; a depth that misses by more is left out. */
  static final double TOLERANCE = 0.1;

  /** Which of the two is asked about. */
  public enum Question {
    /** What does depth do? */
    DEPTH,
    /** What does width do? */
    WIDTH
  }

  /** Sorts the depths and widths, and leaves out what comes twice. */
  public Grid {
    depths = List.copyOf(new TreeSet<>(depths));
    widths = List.copyOf(new TreeSet<>(widths));
    checkSizes("depth", depths);
    checkSizes("width", widths);
  }

  private static void checkSizes(String name, List<Integer> sorted) {
    if (sorted.isEmpty() || sorted.getFirst() < 1 || sorted.getLast() > Size.LARGEST) {
      throw new IllegalArgumentException(
          "expected one %s or more, of 1 to %s, got %s".formatted(name, Size.LARGEST, sorted));
    }
  }

  /** The size in the middle, which the matched slices are matched to; of two, the larger. */
  public Size middle() {
    return new Size(depths.get(depths.size() / 2), widths.get(widths.size() / 2));
  }

  /** All slices that answer a question; one with less than two sizes answers nothing. */
  public List<Slice> slices(Question question) {
    List<Slice> slices = new ArrayList<>();
    switch (question) {
      case DEPTH ->
          widths.forEach(width ->
              slices.add(
                  new Slice(
                      Alike.WIDTH, width, depths.stream().map(d -> new Size(d, width)).toList())));
      case WIDTH ->
          depths.forEach(depth ->
              slices.add(
                  new Slice(
                      Alike.DEPTH, depth, widths.stream().map(w -> new Size(depth, w)).toList())));
    }
    slices.add(matched(Alike.PARAMETERS, Summary::trainable, question));
    slices.add(matched(Alike.MULTIPLY_ADDS, Summary::multiplyAdds, question));
    return slices.stream().filter(slice -> slice.sizes().size() > 1).toList();
  }

  private Slice matched(Alike alike, ToLongFunction<Summary> cost, Question question) {
    ToLongFunction<Size> costOf = size -> cost.applyAsLong(Summary.of(graph(size)));
    long target = costOf.applyAsLong(middle());
    List<Size> sizes =
        depths.stream()
            .map(depth ->
                new Size(depth, width(w -> costOf.applyAsLong(new Size(depth, w)), target)))
            .filter(size -> Math.abs(costOf.applyAsLong(size) - target) <= TOLERANCE * target)
            .toList();
    // Deeper is narrower here, so by ascending width the order is the other way round.
    return new Slice(alike, target, question == Question.DEPTH ? sizes : sizes.reversed());
  }

  /**
   * The width, from 1 to 16,384, whose cost is the nearest to a target.
   *
   * @param cost rises with the width
   */
  static int width(IntToLongFunction cost, long target) {
    int low = 1;
    int high = 2;
    while (high < Size.LARGEST && cost.applyAsLong(high) < target) {
      low = high;
      high *= 2;
    }
    while (high - low > 1) {
      int middle = (low + high) / 2;
      if (cost.applyAsLong(middle) <= target) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return target - cost.applyAsLong(low) <= cost.applyAsLong(high) - target ? low : high;
  }

  /** All sizes, those of the grid first. */
  public List<Size> sizes() {
    Set<Size> sizes = new LinkedHashSet<>();
    depths.forEach(depth -> widths.forEach(width -> sizes.add(new Size(depth, width))));
    slices(Question.DEPTH).forEach(slice -> sizes.addAll(slice.sizes()));
    return List.copyOf(sizes);
  }

  /**
   * What is trained for each size.
   *
   * @param base all but the network
   */
  public Cell cell(Size size, Experiment base) {
    Net net = family.net(size);
    String name = "%s-%sx%s".formatted(base.name(), size.depth(), size.width());
    return new Cell(
        size.toString(),
        new Experiment(name, net, NetYaml.write(net), base.feed(), Loss.of(net), base.training()),
        graph(size));
  }

  private Graph graph(Size size) {
    return Graph.of(family.net(size), input);
  }
}
