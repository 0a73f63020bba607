package dev.crema.train.study;

import java.util.List;

/**
 * Sizes that have something in common, so that what else differs between them can be seen.
 *
 * @param alike what they have in common
 * @param number how much of it: the width, the depth, the parameters or the multiply-adds
 * @param sizes in ascending order of what differs
 */
public record Slice(Alike alike, long number, List<Size> sizes) {
  /** What the sizes of a slice have in common. */
  public enum Alike {
    /** The same width. */
    WIDTH,
    /** The same depth. */
    DEPTH,
    /** About the same number of parameters. */
    PARAMETERS,
    /** About the same multiply-adds of a forward pass. */
    MULTIPLY_ADDS;

    /** Whether it is matched by choosing widths, and not the same by itself. */
    boolean isMatched() {
      return this == PARAMETERS || this == MULTIPLY_ADDS;
    }
  }

  /** Copies the list. */
  public Slice {
    sizes = List.copyOf(sizes);
  }

  /** The same, shorter where it is matched. */
  String shortly() {
    return switch (alike) {
      case WIDTH, DEPTH -> title();
      case PARAMETERS -> "parameters";
      case MULTIPLY_ADDS -> "multiply-adds";
    };
  }

  /** What its sizes have in common, in words. */
  public String title() {
    return switch (alike) {
      case WIDTH -> Text.text("width %d", number);
      case DEPTH -> Text.text("depth %d", number);
      case PARAMETERS -> Text.text("about %,d parameters", number);
      case MULTIPLY_ADDS -> Text.text("about %,d multiply-adds", number);
    };
  }
}
