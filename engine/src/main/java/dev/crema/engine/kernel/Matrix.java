package dev.crema.engine.kernel;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A small matrix of constants.
 *
 * @param columns numbers of a row
 * @param numbers row after row
 */
record Matrix(int columns, List<Float> numbers) {
  @FunctionalInterface
  interface Entry {
    double at(int row, int column);
  }

  static Matrix of(int rows, int columns, Entry entry) {
    return new Matrix(
        columns,
        IntStream.range(0, rows * columns)
            .mapToObj(i -> (float) entry.at(i / columns, i % columns))
            .toList());
  }

  static Matrix identity(int size) {
    return of(size, size, (i, j) -> i == j ? 1 : 0);
  }

  int rows() {
    return numbers.size() / columns;
  }

  float at(int row, int column) {
    return numbers.get(row * columns + column);
  }

  Matrix firstColumns(int count) {
    return of(rows(), count, this::at);
  }

  Matrix transposed() {
    return of(columns, rows(), (i, j) -> at(j, i));
  }
}
