package dev.crema.zoo.reports;

import dev.crema.train.Experiment;
import java.util.List;

/**
 * One training of a report, and the figures that it must show.
 *
 * @param name what the command line calls it; no two of all reports are called the same
 * @param experiment what is trained
 * @param seeds how many seeds the figures are the mean of, from 1 on
 * @param figures what the report shows, with its numbers
 * @param chosen what the report leaves out, and what was chosen; may be empty
 */
public record Entry(
    String name, Experiment experiment, int seeds, List<Published> figures, String chosen) {
  /** Copies the list. */
  public Entry {
    figures = List.copyOf(figures);
    Terms.checkSeeds(seeds);
  }
}
