package dev.crema.zoo.reports;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * How reports are to be reproduced.
 *
 * @param quick on few images and for few epochs, to see that all works
 * @param data other data than the report's: a data set's name, or a folder
 * @param seeds how many seeds, from 1 on, where not as many as each recipe says
 */
public record Terms(boolean quick, Optional<String> data, OptionalInt seeds) {
  /** Whatever is quick uses at most so many images to train on, and to test on. */
  static final int QUICK_IMAGES = 3_000;

  /** Whatever is quick trains no longer. */
  static final int QUICK_EPOCHS = 2;

  /** As the reports did. */
  public static final Terms FULL = new Terms(false, Optional.empty(), OptionalInt.empty());

  public Terms {
    checkSeeds(seeds.orElse(1));
  }

  /** Without a seed nothing would be trained, and all of that would be done. */
  static void checkSeeds(int seeds) {
    if (seeds < 1) {
      throw new IllegalArgumentException("seeds must be 1 or more, got " + seeds);
    }
  }
}
