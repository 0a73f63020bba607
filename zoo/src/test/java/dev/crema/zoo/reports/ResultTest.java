package dev.crema.zoo.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.engine.Key;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import dev.crema.train.Event;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.NetYaml;
import dev.crema.train.Optimizer;
import dev.crema.train.RunFolder;
import dev.crema.train.Training;
import dev.crema.zoo.reports.Result.Measured;
import dev.crema.zoo.reports.Result.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Made reports on made images, of which it is known what must be said. */
class ResultTest {
  private static final int SIZE = 4;
  private static final Terms QUICK = new Terms(true, Optional.empty(), OptionalInt.empty());

  @TempDir private Path folder;

  /** Noise of which one half, the class, is a little brighter. */
  private static Images images(int count, long seed) {
    Key key = Key.of(seed);
    byte[] pixels = new byte[count * SIZE * SIZE];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 2);
      for (int p = 0; p < SIZE * SIZE; p++) {
        int bright = p / (SIZE * SIZE / 2) == labels[i] ? 30 : 0;
        pixels[i * SIZE * SIZE + p] = (byte) (key.fold(i).below(200, p) + bright);
      }
    }
    return new Images(2, 1, SIZE, SIZE, pixels, labels);
  }

  private static final Dataset DATA =
      new Dataset("halves", List.of("top", "bottom"), images(200, 1), images(200, 2));

  private static Report report(double lr, int seeds, Published... figures) {
    Net net = Net.chain(new Flatten(), new Dense(2));
    Experiment experiment =
        new Experiment(
            "halves",
            net,
            NetYaml.write(net),
            new Feed("halves"),
            Loss.of(net),
            new Training(Optimizer.sgd(lr)).batch(20).epochs(4).validation(0.25));
    Entry entry = new Entry("halves", experiment, seeds, List.of(figures), "all of it");
    return new Report("R0", "made", "a made report", List.of(entry));
  }

  private static Attempt attempt(Report report, Terms terms) {
    return Attempt.of(report, report.entries().getFirst(), terms);
  }

  /** Trains so many of the seeds, and tells the events. */
  private List<Event> train(Attempt attempt, int seeds) {
    List<Event> events = new ArrayList<>();
    Graph graph = Graph.of(attempt.experiment().net(), Shape.image(1, SIZE, SIZE));
    for (long seed : attempt.seeds().subList(0, seeds)) {
      new RunFolder(folder)
          .train(
              attempt.experiment(seed),
              graph,
              DATA,
              new RunFolder.Means(1, 60),
              events::add,
              () -> false,
              "",
              line -> {});
    }
    return events;
  }

  private Result result(Attempt attempt) {
    return Result.of(attempt, new RunFolder(folder));
  }

  private static List<Verdict> verdicts(Result result) {
    return result.figures().stream().map(Measured::verdict).toList();
  }

  @Test
  void whatIsNotRunHasNoFigures() {
    Result result =
        result(attempt(report(0.1, 2, Published.exactly(Figure.TEST_ACCURACY, "1")), Terms.FULL));
    assertThat(result.isDone()).isFalse();
    assertThat(result.figures().getFirst().values()).isEmpty();
    assertThat(verdicts(result)).containsExactly(Verdict.NONE);
    assertThat(Page.markdown(List.of(result), "x"))
        .contains(
            "Of 1 published accuracies 0 are reached and 0 are below; 1 have no full run yet.",
            "| halves | test accuracy, % | 1 | not run yet |  |");
  }

  @Test
  void judgesTheMeanOfAllSeedsOnly() {
    Attempt attempt =
        attempt(
            report(
                0.1,
                3,
                Published.exactly(Figure.TEST_ACCURACY, "20"),
                Published.about(Figure.TRAIN_ACCURACY, "100.5"),
                Published.shown(Figure.TEST_LOSS)),
            Terms.FULL);
    train(attempt, 2);
    Result some = result(attempt);
    assertThat(some.state()).isEqualTo("2 of 3 seeds done");
    assertThat(verdicts(some)).containsOnly(Verdict.NONE);

    train(attempt, 3); // the first two once more: they are there
    Result all = result(attempt);
    assertThat(all.isDone()).isTrue();
    assertThat(all.finished()).doesNotHaveDuplicates().hasSize(3);
    assertThat(folder).isDirectoryNotContaining(path -> !Files.isDirectory(path));
    assertThat(verdicts(all)).containsExactly(Verdict.REACHED, Verdict.BELOW, Verdict.NONE);
    Measured test = all.figures().getFirst();
    double mean = test.values().stream().mapToDouble(value -> value).average().orElseThrow();
    assertThat(test.mean().orElseThrow()).isCloseTo(mean, within(1e-12));
    assertThat(test.deviation()).isPresent();
    assertThat(test.values()).allMatch(value -> value > 50 && value <= 100);
    double missing = 100.5 - all.figures().get(1).mean().orElseThrow();
    assertThat(Page.text(List.of(all)))
        .contains("reached", "about 100.5", "below by %.3f".formatted(missing));
  }

  @Test
  void whatDiffersFromTheReportIsNeverReached() {
    Report report = report(0.1, 1, Published.exactly(Figure.TEST_ACCURACY, "0"));
    Attempt quick = attempt(report, QUICK);
    assertThat(quick.experiment().training().epochs()).isEqualTo(2);
    assertThat(quick.experiment().feed().limit()).hasValue(3_000);
    train(quick, 1);
    assertThat(verdicts(result(quick))).containsExactly(Verdict.NOT_COMPARABLE);
    assertThat(Page.text(List.of(result(quick))))
        .contains("quick (halves): at most 3,000 training images", "not comparable: quick");
    assertThat(Page.markdown(List.of(result(quick)), "x"))
        .contains("**quick (halves): ", "not comparable: quick", "1 have no full run yet");
    assertThat(result(attempt(report, Terms.FULL)).state()).isEqualTo("not run yet");

    Attempt other =
        attempt(report, new Terms(false, Optional.of("elsewhere"), OptionalInt.empty()));
    train(other, 1);
    assertThat(verdicts(result(other))).containsExactly(Verdict.NOT_COMPARABLE);

    Report five = report(0.1, 5, Published.exactly(Figure.TEST_ACCURACY, "0"));
    Attempt fewer = attempt(five, new Terms(false, Optional.empty(), OptionalInt.of(1)));
    train(fewer, 1);
    assertThat(verdicts(result(fewer))).containsExactly(Verdict.NOT_COMPARABLE);
  }

  @Test
  void findsTheBestEpochByHeldOutImages() {
    Attempt attempt =
        attempt(
            report(
                0.5,
                1,
                Published.about(Figure.BEST_EPOCH, "3"),
                Published.shown(Figure.BEST_VALIDATION_ACCURACY),
                Published.shown(Figure.VALIDATION_ACCURACY)),
            Terms.FULL);
    List<Double> accuracies =
        train(attempt, 1).stream()
            .filter(Event.EpochEnded.class::isInstance)
            .map(event -> ((Event.EpochEnded) event).validation().orElseThrow().accuracy())
            .toList();
    double best = accuracies.stream().mapToDouble(value -> value).max().orElseThrow();
    List<Measured> figures = result(attempt).figures();
    assertThat(figures.get(0).mean()).hasValue(accuracies.indexOf(best) + 1);
    assertThat(figures.get(1).mean()).hasValue(100 * best);
    assertThat(figures.get(2).mean()).hasValue(100 * accuracies.getLast());
    assertThat(figures).extracting(Measured::verdict).containsOnly(Verdict.NONE);
  }

  @Test
  void whatDivergesIsAnOutcome() {
    Attempt attempt =
        attempt(
            report(Float.MAX_VALUE, 1, Published.exactly(Figure.TEST_ACCURACY, "0")), Terms.FULL);
    train(attempt, 1);
    Result result = result(attempt);
    assertThat(result.isDone()).isTrue();
    assertThat(result.diverged()).isEqualTo(1);
    assertThat(verdicts(result)).containsExactly(Verdict.NONE);
    assertThat(Page.text(List.of(result))).contains("1 diverged");
  }
}
