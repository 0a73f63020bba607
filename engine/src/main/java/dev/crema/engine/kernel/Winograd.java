package dev.crema.engine.kernel;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A minimal filtering algorithm F(outputs, taps): {@code outputs} neighbouring results of a filter
 * with so many taps from as few products as there are inputs, {@code outputs + taps - 1}. Applied
 * to rows and columns, {@code y = A ((G w G') * (B d B')) A'}, where * is element by element.
 *
 * <p>It is Toom and Cook's: the filter as a product of polynomials, computed at some points, the
 * last of which is infinity. Winograd, Arithmetic Complexity of Computations (1980); Lavin and
 * Gray, Fast Algorithms for Convolutional Neural Networks (2016). The points decide about the
 * rounding errors: Barabasz and others, Error Analysis and Improving the Accuracy of Winograd
 * Convolution (2020).
 *
 * @param outputs results of a tile along one side
 * @param taps the kernel's size
 */
record Winograd(int outputs, int taps) {
  // Small powers of two, and as few of them as can be: chosen by measuring errors.
  private static final List<Double> POINTS = List.of(0.0, 1.0, -1.0, 2.0, -0.5, 0.5, -2.0);

  /** The point 1, at which every power is 1. */
  static final int ONE = 1;

  /** With more results in a tile roundings grow faster than products become fewer. */
  private static final int MAX_OUTPUTS = 4;

  private static final int MIN_TAPS = 3;
  private static final int MAX_TAPS = 5;

  /** The algorithms for a kernel of this size: none where they would not pay, or round too much. */
  static List<Winograd> of(int taps) {
    return taps < MIN_TAPS || taps > MAX_TAPS
        ? List.of()
        : IntStream.rangeClosed(2, MAX_OUTPUTS)
            .mapToObj(outputs -> new Winograd(outputs, taps))
            .toList();
  }

  /** Inputs of a tile along one side, and products. */
  int inputs() {
    return outputs + taps - 1;
  }

  private List<Double> points() {
    return POINTS.subList(0, inputs() - 1);
  }

  /** A: from products to results; outputs rows, inputs columns. */
  Matrix toOutputs() {
    return Matrix.of(
        outputs,
        inputs(),
        (i, j) -> j < points().size() ? Math.pow(points().get(j), i) : i == outputs - 1 ? 1 : 0);
  }

  /** G: from the kernel to factors; inputs rows, taps columns. */
  Matrix fromTaps() {
    return Matrix.of(
        inputs(),
        taps,
        (i, j) ->
            i < points().size()
                ? Math.pow(points().get(i), j) / differences(i)
                : j == taps - 1 ? 1 : 0);
  }

  /** B: from inputs to factors; square. */
  Matrix fromInputs() {
    return Matrix.of(inputs(), inputs(), (i, j) -> polynomial(i)[j]);
  }

  /** The product of this point's differences from the others. */
  private double differences(int point) {
    double product = 1;
    for (int i = 0; i < points().size(); i++) {
      product *= i == point ? 1 : points().get(point) - points().get(i);
    }
    return product;
  }

  /** The coefficients of the product of x - p over all points p but this one. */
  private double[] polynomial(int without) {
    double[] product = new double[inputs()];
    product[0] = 1;
    int degree = 0;
    for (int i = 0; i < points().size(); i++) {
      if (i != without) {
        degree++;
        for (int j = degree; j >= 0; j--) {
          product[j] = (j > 0 ? product[j - 1] : 0) - points().get(i) * product[j];
        }
      }
    }
    return product;
  }
}
