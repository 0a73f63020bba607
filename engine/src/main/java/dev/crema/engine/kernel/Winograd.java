package dev.crema.engine.kernel;

import dev.crema.engine.Window;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Minimal filtering of images: tiles of {@code outputs} by {@code outputs} results from as few
 * products as a tile has inputs, {@code y = A ((G w G') * (B d B')) A'}, where * is element by
 * element. Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016).
 *
 * <p>A filter that steps by more than one cell is a sum of filters that step by one: each takes
 * every stride-th tap and every stride-th input, and has an algorithm of its own.
 *
 * @param outputs results of a tile along one side
 * @param taps the kernel's size
 * @param stride cells from one result to the next
 */
record Winograd(int outputs, int taps, int stride) {
  /** With more results in a tile roundings grow faster than products become fewer. */
  private static final int MAX_OUTPUTS = 4;

  private static final int MIN_TAPS = 3;
  private static final int MAX_TAPS = 5;

  /** The algorithms for such a window: none where they would not pay, or round too much. */
  static List<Winograd> of(Window window) {
    int taps = window.kernel();
    return taps < MIN_TAPS || taps > MAX_TAPS || window.stride() >= taps
        ? List.of()
        : IntStream.rangeClosed(2, MAX_OUTPUTS)
            .mapToObj(outputs -> new Winograd(outputs, taps, window.stride()))
            .toList();
  }

  /**
   * One result, one tap: nothing is saved. Tiles are cells then, and the transforms do no more than
   * bring those that a stride leaves over close together.
   */
  static Winograd ofCells(int stride) {
    return new Winograd(1, 1, stride);
  }

  /** Filters that have taps. */
  private int residues() {
    return Math.min(stride, taps);
  }

  /** Inputs of a tile along one side, and products. */
  int inputs() {
    return (outputs - 1) * stride + taps;
  }

  /** Inputs from one tile to the next. */
  int step() {
    return outputs * stride;
  }

  /** The filter that takes every stride-th tap, beginning with this one. */
  private ToomCook filter(int residue) {
    return new ToomCook(outputs, Math.ceilDiv(taps - residue, stride));
  }

  private List<ToomCook> filters() {
    return IntStream.range(0, residues()).mapToObj(this::filter).toList();
  }

  /**
   * What a product is.
   *
   * @param residue of which filter, by its first tap and input
   * @param number which one of the filter's products
   */
  private record Product(int residue, int number) {}

  /** All products, one filter's after the other's. */
  private List<Product> products() {
    return IntStream.range(0, residues())
        .boxed()
        .flatMap(residue ->
            IntStream.range(0, filter(residue).inputs())
                .mapToObj(number -> new Product(residue, number)))
        .toList();
  }

  /** A: from products to results, which all filters add to; outputs rows, inputs columns. */
  Matrix toOutputs() {
    List<Product> products = products();
    List<Matrix> each = filters().stream().map(ToomCook::toOutputs).toList();
    return Matrix.of(
        outputs,
        inputs(),
        (i, j) -> each.get(products.get(j).residue()).at(i, products.get(j).number()));
  }

  /** G: from the kernel to factors; inputs rows, taps columns. */
  Matrix fromTaps() {
    return spread(taps, ToomCook::fromTaps);
  }

  /** B: from inputs to factors; square. */
  Matrix fromInputs() {
    return spread(inputs(), ToomCook::fromInputs);
  }

  /** Every filter takes every stride-th number, beginning with its residue. */
  private Matrix spread(int numbers, Function<ToomCook, Matrix> matrix) {
    List<Product> products = products();
    List<Matrix> each = filters().stream().map(matrix).toList();
    return Matrix.of(
        inputs(),
        numbers,
        (i, j) -> {
          Product product = products.get(i);
          return j % stride == product.residue()
              ? each.get(product.residue()).at(product.number(), j / stride)
              : 0;
        });
  }

  /** Multiply-adds of B, as every filter's square counts. */
  int inputProducts() {
    return filters().stream().mapToInt(filter -> filter.inputs() * filter.inputs()).sum();
  }
}
