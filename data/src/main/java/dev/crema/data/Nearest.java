package dev.crema.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the known name that someone most likely meant. */
public final class Nearest {
  private Nearest() {}

  /**
   * The known name nearest to the given one, or nothing when none is near: more than a third of the
   * letters (and more than two) would have to change. Upper and lower case count as equal, and two
   * swapped neighbours as one change (the restricted distance of Damerau, 1964).
   */
  public static Optional<String> nearest(String given, Collection<String> known) {
    String typed = given.toLowerCase(Locale.ROOT);
    int near = Math.max(2, typed.length() / 3);
    return known.stream()
        .map(name -> new Candidate(name, distance(typed, name.toLowerCase(Locale.ROOT))))
        .filter(c -> c.distance <= near && c.distance < Math.max(typed.length(), c.name.length()))
        .min(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
        .map(Candidate::name);
  }

  private record Candidate(String name, int distance) {}

  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
