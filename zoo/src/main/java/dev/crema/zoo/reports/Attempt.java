package dev.crema.zoo.reports;

import dev.crema.nn.Graph;
import dev.crema.nn.Summary;
import dev.crema.train.Experiment;
import dev.crema.train.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/**
 * A training of a report, as it is done now.
 *
 * @param experiment what is trained; its seed does not matter
 * @param seeds at least one, each another
 * @param departures where it differs from the entry, so that no figure can count as reached
 */
public record Attempt(
    Report report,
    Entry entry,
    Experiment experiment,
    List<Long> seeds,
    List<Departure> departures) {
  /** Training images of MNIST and of Fashion-MNIST. */
  private static final int IMAGES = 60_000;

  /** A multiply-add forward, one for the gradient of the inputs and one for that of the weights. */
  private static final int OPERATIONS = 3 * 2;

  /**
   * How an attempt differs from its report.
   *
   * @param tag in a word or two
   * @param detail in full
   */
  public record Departure(String tag, String detail) {}

  /** Copies the lists. */
  public Attempt {
    seeds = List.copyOf(seeds);
    if (seeds.isEmpty() || seeds.stream().distinct().count() < seeds.size()) {
      throw new IllegalArgumentException("expected one seed or more, each another, got " + seeds);
    }
    departures = List.copyOf(departures);
  }

  /** The attempt at an entry of a report under these terms. */
  public static Attempt of(Report report, Entry entry, Terms terms) {
    Experiment experiment = entry.experiment();
    List<Departure> departures = new ArrayList<>();
    if (terms.quick()) {
      Training training = experiment.training();
      int epochs = Math.min(training.epochs(), Terms.QUICK_EPOCHS);
      experiment =
          experiment
              .feed(experiment.feed().limit(Terms.QUICK_IMAGES))
              .training(training.epochs(epochs));
      departures.add(
          new Departure(
              "quick",
              String.format(
                  Locale.ROOT,
                  "at most %,d training images (1 in 20) and %,d test images, drawn at random, %d of %d epochs, one seed unless asked for more",
                  Terms.QUICK_IMAGES,
                  Terms.QUICK_IMAGES,
                  epochs,
                  training.epochs())));
    }
    String data = terms.data().orElse(experiment.feed().data());
    if (!data.equals(experiment.feed().data())) {
      departures.add(
          new Departure("other data", "%s, not %s".formatted(data, experiment.feed().data())));
      experiment = experiment.feed(experiment.feed().data(data));
    }
    int seeds = terms.seeds().orElse(terms.quick() ? 1 : entry.seeds());
    if (seeds < entry.seeds() && !terms.quick()) {
      departures.add(
          new Departure(
              "fewer seeds", "%s of the recipe's %s seeds".formatted(seeds, entry.seeds())));
    }
    return new Attempt(
        report, entry, experiment, LongStream.rangeClosed(1, seeds).boxed().toList(), departures);
  }

  /** The experiment with this seed. */
  public Experiment experiment(long seed) {
    return experiment.training(experiment.training().seed(seed));
  }

  /**
   * About how many floating-point operations all its trainings take, on as many images as MNIST
   * has: six for each multiply-add of the forward pass.
   */
  public double operations() {
    double multiplyAdds =
        Summary.of(Graph.of(experiment.net(), experiment.feed().usualInput())).multiplyAdds();
    Training training = experiment.training();
    double images =
        Math.min(experiment.feed().limit().orElse(IMAGES), IMAGES) * (1 - training.validation());
    return OPERATIONS * multiplyAdds * images * training.epochs() * seeds.size();
  }
}
