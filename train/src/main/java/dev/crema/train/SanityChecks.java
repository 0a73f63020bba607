package dev.crema.train;

import dev.crema.data.Images;
import dev.crema.nn.BatchNorm;
import dev.crema.nn.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Looks for what is allowed in an experiment and yet hardly meant: it trains, and its figures
 * mislead.
 */
final class SanityChecks {
  /** How much more often than in a balanced set a class comes before it is remarked upon. */
  private static final double IMBALANCE = 1.5;

  /** A class with at least this share is remarked upon however many classes there are. */
  private static final double MAJORITY = 0.5;

  private SanityChecks() {}

  /**
   * One sentence for each finding, with a remedy.
   *
   * @param classes the classes' names
   * @param train the images to learn from, without those held out
   * @param validation the images held out
   */
  static List<String> of(
      Graph graph,
      Training training,
      List<String> classes,
      Images train,
      Optional<Images> validation,
      Images test) {
    List<String> warnings = new ArrayList<>();
    deadOutputs(graph, classes).ifPresent(warnings::add);
    warnings.addAll(missingClasses(classes, train, test));
    balance("training", classes, train).ifPresent(warnings::add);
    validation.flatMap(images -> balance("validation", classes, images)).ifPresent(warnings::add);
    balance("test", classes, test).ifPresent(warnings::add);
    smallBatchNorm(graph, training, train).ifPresent(warnings::add);
    return List.copyOf(warnings);
  }

  private static Optional<String> deadOutputs(Graph graph, List<String> classes) {
    int outputs = graph.shape(graph.output()).size();
    return outputs <= classes.size()
        ? Optional.empty()
        : Optional.of(
            "the network has %s outputs for data of %s %s: the other %s can only be wrong; end it with dense: %s"
                .formatted(
                    outputs,
                    classes.size(),
                    classes.size() == 1 ? "class" : "classes",
                    outputs - classes.size(),
                    classes.size()));
  }

  /** Classes that are tested and never learned, or learned and never tested. */
  private static List<String> missingClasses(List<String> classes, Images train, Images test) {
    int[] learned = counts(classes.size(), train);
    int[] tested = counts(classes.size(), test);
    List<String> warnings = new ArrayList<>();
    List<String> neverLearned = new ArrayList<>();
    List<String> neverTested = new ArrayList<>();
    for (int i = 0; i < classes.size(); i++) {
      if (learned[i] == 0) {
        neverLearned.add(classes.get(i));
      } else if (tested[i] == 0) {
        neverTested.add(classes.get(i));
      }
    }
    if (!neverLearned.isEmpty()) {
      warnings.add(
          "no training image is of class %s: it cannot be learned; add images of it, or take it out of the classes"
              .formatted(named(neverLearned)));
    }
    if (!neverTested.isEmpty()) {
      warnings.add(
          "no test image is of class %s: the test accuracy says nothing about it; add test images of it"
              .formatted(named(neverTested)));
    }
    return warnings;
  }

  /** Whether one class is so frequent that naming it always would score well. */
  private static Optional<String> balance(String set, List<String> classes, Images images) {
    int[] counts = counts(classes.size(), images);
    int largest = 0;
    for (int i = 1; i < counts.length; i++) {
      largest = counts[i] > counts[largest] ? i : largest;
    }
    double share = (double) counts[largest] / images.count();
    if (counts[largest] == images.count()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "all %,d %s images are of class `%s`: an accuracy of 1 means nothing; use images of at least two classes",
              images.count(),
              set,
              classes.get(largest)));
    }
    if (share < Math.max(MAJORITY, IMBALANCE / classes.size())) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%.1f %% of the %,d %s images are of class `%s`: naming it always has an accuracy of %.3f; read the accuracy beside that and the recall of each class (crema report), or balance the classes",
            100 * share,
            images.count(),
            set,
            classes.get(largest),
            share));
  }

  /** Batch norm learns nothing about the spread of a batch from a single image. */
  private static Optional<String> smallBatchNorm(Graph graph, Training training, Images train) {
    int last = train.count() % training.batch();
    boolean hasNorm =
        graph.nodes().stream()
            .anyMatch(node -> node instanceof Graph.OpNode op && op.op() instanceof BatchNorm);
    if (!hasNorm || (training.batch() > 1 && last != 1)) {
      return Optional.empty();
    }
    return Optional.of(
        "batch norm gets %s of a single image, whose statistics say nothing about the others; choose %s"
            .formatted(
                training.batch() == 1 ? "batches" : "a last batch",
                training.batch() == 1
                    ? "a batch of 16 or more"
                    : String.format(
                        Locale.ROOT,
                        "a batch that leaves more than one of %,d images",
                        train.count())));
  }

  private static int[] counts(int classes, Images images) {
    int[] counts = new int[classes];
    for (int i = 0; i < images.count(); i++) {
      counts[images.label(i)]++;
    }
    return counts;
  }

  private static String named(List<String> names) {
    return "`" + String.join("`, `", names) + "`";
  }
}
