package dev.crema.studio.draw;

/** The numbers of a table. */
@FunctionalInterface
public interface Cells {
  /** The number in a row and a column. */
  double at(int row, int column);
}
