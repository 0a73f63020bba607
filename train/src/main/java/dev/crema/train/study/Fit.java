package dev.crema.train.study;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Whether a network learned too little or too much, beside the one with the lowest test error.
 *
 * <p>Errors that differ by less than the noise of the test images say nothing: that is {@code 1.96
 * sqrt((p (1 - p) + q (1 - q)) / n)} for errors p and q on n images.
 */
public enum Fit {
  /** It has the lowest test error, or one not to be told from it. */
  GOOD("as good as the best", "as good within the noise of the test images"),
  /** A higher test error, and a higher training error too: it learned too little. */
  UNDER("under-fits", "under-fit"),
  /**
   * A higher test error, though the training error is lower: what it learned does not carry over.
   */
  OVER("over-fits", "over-fit");

  private final String words;
  private final String plural;

  Fit(String words, String plural) {
    this.words = words;
    this.plural = plural;
  }

  /** The verdict in words. */
  public String words() {
    return words;
  }

  /**
   * The verdict on a network.
   *
   * @param best the one with the lowest test error
   * @param testImages how many images the test errors are of
   */
  static Fit of(Result result, Result best, int testImages) {
    double p = result.testError();
    double q = best.testError();
    double noise = 1.96 * Math.sqrt((p * (1 - p) + q * (1 - q)) / testImages);
    if (p - q <= noise) {
      return GOOD;
    }
    return result.trainError() > best.trainError() ? UNDER : OVER;
  }

  /**
   * Which of several is the best, and what the others are beside it, with their figures.
   *
   * @param named by what the words call them
   */
  static String verdicts(Map<String, Result> named, int testImages) {
    return words(named, testImages, (name, result) -> Text.text("%s (%s)", name, errors(result)));
  }

  /** The same of many, without the figures of the others. */
  static String summary(Map<String, Result> named, int testImages) {
    return words(named, testImages, (name, _) -> name);
  }

  private static String errors(Result result) {
    return Text.text(
        "test %s %%, training %s %%",
        Text.percent(result.testError()), Text.percent(result.trainError()));
  }

  private static String words(
      Map<String, Result> named, int testImages, BiFunction<String, Result, String> word) {
    Result best = Findings.best(List.copyOf(named.values()));
    List<String> words = new ArrayList<>();
    Map<Fit, List<String>> others = new EnumMap<>(Fit.class);
    named.forEach((name, result) -> {
      if (words.isEmpty() && result.equals(best)) {
        words.add(Text.text("%s has the lowest test error (%s)", name, errors(best)));
      } else {
        others
            .computeIfAbsent(of(result, best, testImages), _ -> new ArrayList<>())
            .add(word.apply(name, result));
      }
    });
    others.forEach((fit, names) -> words.add(fit.plural + ": " + String.join(", ", names)));
    return String.join("; ", words);
  }
}
