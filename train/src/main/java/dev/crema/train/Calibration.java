package dev.crema.train;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a network is as sure as it may be: the images in 15 bins of equal width by the likelihood
 * of the class that it names (Guo et al., 2017).
 *
 * @param bins from the least sure to the surest; the first is [0, 1/15], the next (1/15, 2/15]
 */
public record Calibration(List<Bin> bins) {
  private static final int BINS = 15;

  /**
   * The images of a bin.
   *
   * @param images how many
   * @param confidence the mean likelihood, 0 without images
   * @param accuracy the part that is right, 0 without images
   */
  public record Bin(int images, double confidence, double accuracy) {}

  /** Copies the list. */
  public Calibration {
    bins = List.copyOf(bins);
  }

  /** The calibration of what a network said. */
  public static Calibration of(Predictions predictions) {
    int[] images = new int[BINS];
    int[] correct = new int[BINS];
    double[] confidences = new double[BINS];
    for (int i = 0; i < predictions.count(); i++) {
      int bin = Math.clamp((long) Math.ceil(predictions.confidence(i) * BINS) - 1, 0, BINS - 1);
      images[bin]++;
      correct[bin] += predictions.isCorrect(i) ? 1 : 0;
      confidences[bin] += predictions.confidence(i);
    }
    List<Bin> bins = new ArrayList<>();
    for (int i = 0; i < BINS; i++) {
      double count = Math.max(1, images[i]);
      bins.add(new Bin(images[i], confidences[i] / count, correct[i] / count));
    }
    return new Calibration(bins);
  }

  /**
   * The expected calibration error: the mean over all images of how far their bin's accuracy is
   * from its mean likelihood.
   */
  public double error() {
    double sum = 0;
    long images = 0;
    for (Bin bin : bins) {
      sum += bin.images() * Math.abs(bin.confidence() - bin.accuracy());
      images += bin.images();
    }
    return sum / images;
  }
}
