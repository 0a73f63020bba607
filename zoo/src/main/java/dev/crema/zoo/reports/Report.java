package dev.crema.zoo.reports;

import java.util.List;

/**
 * Somebody's report on image classification that Crema reproduces.
 *
 * @param name such as {@code R1}
 * @param title such as {@code lenet-fashion}; a name too
 * @param about what it is
 * @param entries its trainings
 */
public record Report(String name, String title, String about, List<Entry> entries) {
  /** Copies the list. */
  public Report {
    entries = List.copyOf(entries);
  }
}
