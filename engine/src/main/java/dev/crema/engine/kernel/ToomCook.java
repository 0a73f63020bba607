package dev.crema.engine.kernel;

import java.util.List;

/**
 * A minimal filtering algorithm F(outputs, taps): {@code outputs} neighbouring results of a filter
 * with so many taps from as few products as there are inputs, {@code outputs + taps - 1}: {@code y
 * = A ((G w) * (B d))}, where * is element by element.
 *
 * <p>It is Toom and Cook's: the filter as a product of polynomials, computed at some points, the
 * last of which is infinity. Winograd, Arithmetic Complexity of Computations (1980). The points
 * decide about the rounding errors: Barabasz and others, Error Analysis and Improving the Accuracy
 * of Winograd Convolution (2020).
 *
 * @param outputs neighbouring results
 * @param taps the filter's size; with a single one the products are the results
 */
record ToomCook(int outputs, int taps) {
  // Small powers of two, and as few of them as can be: chosen by measuring errors.
  private static final List<Double> POINTS = List.of(0.0, 1.0, -1.0, 2.0, -0.5, 0.5, -2.0);

  /** The point 1, at which every power is 1. */
  static final int ONE = 1;

  /** Inputs, and products. */
  int inputs() {
    return outputs + taps - 1;
  }

  private List<Double> points() {
    return POINTS.subList(0, inputs() - 1);
  }

  /** A: from products to results; outputs rows, inputs columns. */
  Matrix toOutputs() {
    return taps == 1
        ? Matrix.identity(outputs)
        : Matrix.of(
            outputs,
            inputs(),
            (i, j) ->
                j < points().size() ? Math.pow(points().get(j), i) : i == outputs - 1 ? 1 : 0);
  }

  /** G: from the filter to factors; inputs rows, taps columns. */
  Matrix fromTaps() {
    return Matrix.of(
        inputs(),
        taps,
        (i, j) ->
            taps == 1
                ? 1
                : i < points().size()
                    ? Math.pow(points().get(i), j) / differences(i)
                    : j == taps - 1 ? 1 : 0);
  }

  /** B: from inputs to factors; square. */
  Matrix fromInputs() {
    return taps == 1
        ? Matrix.identity(inputs())
        : Matrix.of(inputs(), inputs(), (i, j) -> polynomial(i)[j]);
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
