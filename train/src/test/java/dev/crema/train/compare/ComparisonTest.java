package dev.crema.train.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.engine.Key;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.GlobalAvgPool;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import dev.crema.nn.Shape;
import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Event;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.Optimizer;
import dev.crema.train.Predictions;
import dev.crema.train.Run;
import dev.crema.train.RunFolder;
import dev.crema.train.RunFolder.Means;
import dev.crema.train.StopAt;
import dev.crema.train.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Made cases, of which the right verdict is known. */
class ComparisonTest {
  private static final int SIZE = 6;
  private static final Shape SHAPE = Shape.image(1, SIZE, SIZE);
  private static final Means MEANS = new Means(1, 60);

  /** The same runs serve several tests, as they serve several comparisons. */
  @TempDir private static Path shared;

  @TempDir private Path folder;

  /** Noise of which one half, the class, is a little brighter: nobody can get all right. */
  private static Images images(int count, long seed) {
    Key key = Key.of(seed);
    byte[] pixels = new byte[count * SIZE * SIZE];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 2);
      for (int p = 0; p < SIZE * SIZE; p++) {
        int bright = p / (SIZE * SIZE / 2) == labels[i] ? 25 : 0;
        pixels[i * SIZE * SIZE + p] = (byte) (key.fold(i).below(200, p) + bright);
      }
    }
    return new Images(2, 1, SIZE, SIZE, pixels, labels);
  }

  private static Dataset data() {
    return new Dataset("halves", List.of("top", "bottom"), images(400, 1), images(500, 2));
  }

  private static Contender contender(String label, Net net, Object description, Optimizer rule) {
    Training training = new Training(rule).batch(50).epochs(3);
    return new Contender(
        label,
        new Experiment(label, net, description, new Feed("halves"), Loss.of(net), training),
        Graph.of(net, SHAPE));
  }

  /** Sees every pixel. */
  private static Contender good() {
    Net net = Net.chain(new Flatten(), new Dense(2));
    return contender("good", net, List.of("flatten", "dense: 2"), Optimizer.adam(0.02));
  }

  /** The same from other random numbers, which come from the layers' names. */
  private static Contender twin() {
    Net net = Net.chain(Net.named("twin", Net.chain(new Flatten(), new Dense(2))));
    return contender("twin", net, List.of("twin"), Optimizer.adam(0.02));
  }

  /** Sees no more than how bright all is. */
  private static Contender blind() {
    Net net = Net.chain(new GlobalAvgPool(), new Flatten(), new Dense(2));
    return contender("blind", net, List.of("blind"), Optimizer.adam(0.02));
  }

  /** Learns at an absurd rate. */
  private static Contender wild() {
    Net net = Net.chain(new Flatten(), new Dense(8), new Relu(), new Dense(2));
    return contender("wild", net, List.of("wild"), Optimizer.adam(1e38));
  }

  private static Report report(Path folder, int seeds, Contender... contenders) {
    Comparison comparison = new Comparison(List.of(contenders), data(), 1, seeds, folder);
    assertThat(comparison.train(MEANS, event -> {}, () -> false, line -> {})).isTrue();
    return comparison.report();
  }

  private static List<String> verdicts(Report report) {
    return report.differences().stream().map(Difference::verdict).toList();
  }

  @Test
  void theSameExperimentTwiceIsNotDistinguishable() {
    Contender good = good();
    Contender again = new Contender("again", good.experiment(), good.graph());
    Report report = report(shared, 6, good, again);
    assertThat(verdicts(report))
        .containsExactly("good and again: not distinguishable: the same accuracy with every seed");
    assertThat(report.nets().getFirst().runs()).isEqualTo(report.nets().getLast().runs());
  }

  @Test
  void theSameNetFromOtherRandomNumbersIsNotDistinguishable() {
    Report report = report(shared, 6, good(), twin());
    assertThat(report.differences().getFirst().isReal()).isFalse();
    assertThat(report.nets().getFirst().accuracies())
        .as("else it is the same case as the one above")
        .isNotEqualTo(report.nets().getLast().accuracies());
    assertThat(verdicts(report).getFirst())
        .matches(
            "good and twin: not distinguishable \\((good|twin) leads by \\d\\.\\d\\d \\+- \\d\\.\\d\\d points, p = [01]\\.\\d{4}, 6 seeds\\); (about [\\d,]+ more seeds?|more than 10,000 seeds) needed");
  }

  @Test
  void tellsWhichIsBetterAndWhichCollapsed() throws IOException {
    Report report = report(shared, 6, blind(), good());
    Difference difference = report.differences().getFirst();
    assertThat(difference.isReal()).isTrue();
    assertThat(difference.corrected()).isEqualTo(2.0 / 64);
    assertThat(difference.mean()).isLessThan(-0.2);
    assertThat(difference.verdict())
        .matches(
            "good beats blind by \\d\\d\\.\\d\\d \\+- \\d\\.\\d\\d points \\(6 seeds\\) at \\d+\\.\\d+x the time");
    assertThat(report.notes())
        .containsExactly("blind collapsed in 6 of 6 runs: below 55.0 %, where guessing has 50.0 %");

    NetFigures good = report.nets().getLast();
    assertThat(good.accuracies()).allMatch(accuracy -> accuracy > 0.7);
    assertThat(good.collapsed()).isZero();
    assertThat(good.parameters()).isEqualTo(2 * SIZE * SIZE + 2);
    assertThat(good.multiplyAdds()).isEqualTo(2 * SIZE * SIZE);
    assertThat(good.plannedBytes().orElseThrow()).isPositive();
    assertThat(good.calibrationError().orElseThrow()).isBetween(0.0, 0.3);
    assertThat(report.text())
        .startsWith("halves, seeds 1 to 6: accuracy")
        .contains("blind - good  -", difference.verdict(), "note: blind collapsed")
        .doesNotContain("NaN");
    assertThat(JSON.std.mapFrom(JSON.std.asString(report.toMap())))
        .containsKeys("nets", "differences", "notes", "seeds", "chance");
  }

  @Test
  void findsRunsByWhatTheirExperimentsSay() throws IOException {
    report(folder, 1, good(), twin());
    for (Run run : List.of(new Run(folder.resolve("odd")), runs().getFirst(), runs().getLast())) {
      Files.createDirectories(run.folder());
      if (Files.exists(run.experiment())) {
        String text = Files.readString(run.experiment());
        int line = text.indexOf('\n') + 1; // the first key becomes the last
        Files.writeString(run.experiment(), text.substring(line) + text.substring(0, line));
      } else {
        Files.writeString(run.experiment(), "{not YAML"); // in nobody's way
      }
    }
    assertThat(new Comparison(List.of(good(), twin()), data(), 1, 1, folder).done()).isEqualTo(2);
    assertThat(new Comparison(List.of(good(), twin()), data(), 2, 1, folder).done()).isZero();
  }

  private List<Run> runs() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().map(Run::new).toList();
    }
  }

  @Test
  void whatDivergesIsAnOutcomeThatIsNotTriedAgain() {
    Report report = report(shared, 6, good(), wild());
    assertThat(verdicts(report).getFirst()).startsWith("good beats wild by ").endsWith("(6 seeds)");
    NetFigures wild = report.nets().getLast();
    assertThat(wild.diverged()).isEqualTo(6);
    assertThat(wild.accuracies()).containsOnly(0.5);
    assertThat(report.notes())
        .containsExactly(
            "wild collapsed in 6 of 6 runs: below 55.0 %, where guessing has 50.0 %; 6 of them diverged, which counts as guessing");
    assertThat(new Comparison(List.of(good(), wild()), data(), 1, 6, shared).done()).isEqualTo(12);
  }

  @Test
  void fewSeedsCannotTell() {
    assertThat(verdicts(report(shared, 3, good(), blind())).getFirst())
        .startsWith("good and blind: not distinguishable (good leads by ")
        .endsWith("p = 0.2500, 3 seeds); it takes at least 6 seeds; about 3 more seeds needed");
    assertThat(verdicts(report(shared, 6, good(), blind(), twin())).getFirst())
        .contains("p = 0.0938", "; 3 pairs take at least 7 seeds; about 1 more seed needed");
  }

  @Test
  void oneRunEachIsComparedImageByImage() {
    Report report = report(shared, 1, good(), blind());
    assertThat(report.differences().getFirst())
        .isInstanceOfSatisfying(
            Difference.ByImages.class,
            pair -> {
              double gap = (pair.onlyFirst() - pair.onlySecond()) / 500.0;
              assertThat(pair.mean()).isCloseTo(gap, within(1e-9));
              assertThat(pair.verdict())
                  .startsWith("good beats blind by ")
                  .contains("p = <0.0001, one run each: it says nothing about other seeds");
            });
    Report wild = report(shared, 1, good(), wild());
    assertThat(wild.differences()).isEmpty();
    assertThat(wild.notes()).anyMatch(note -> note.startsWith("wild: its run kept no predictions"));
  }

  /** What a run says about each image is what its accuracy is made of. */
  @Test
  void predictionsAddUpToTheAccuracy() {
    NetFigures good = report(shared, 1, good(), blind()).nets().getFirst();
    Predictions predictions =
        Predictions.read(new Run(Path.of(good.runs().getFirst())).predictions());
    Images test = data().test();
    int correct = 0;
    for (int i = 0; i < test.count(); i++) {
      assertThat(predictions.label(i)).isEqualTo(test.label(i));
      assertThat(predictions.confidence(i)).isBetween(0.5, 1.0);
      correct += predictions.isCorrect(i) ? 1 : 0;
    }
    assertThat((double) correct / test.count()).isEqualTo(good.mean());
  }

  private static List<String> runs(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
    }
  }

  @Test
  void goesOnWhereItWasInterrupted() throws IOException {
    List<Contender> contenders = List.of(good(), twin());
    Comparison first = new Comparison(contenders, data(), 1, 3, folder);
    List<String> said = new ArrayList<>();
    StopAt stop = new StopAt(4, 11);
    assertThat(first.train(MEANS, stop, stop, said::add)).isFalse();
    assertThat(first.done()).isEqualTo(3);
    assertThat(said.getLast()).startsWith("run 4 of 6: twin, seed 2: ");
    assertThatThrownBy(first::report).isInstanceOf(IllegalStateException.class);
    List<String> before = runs(folder);
    assertThat(before).hasSize(4);

    Comparison second = new Comparison(contenders, data(), 1, 3, folder);
    assertThat(second.done()).isEqualTo(3);
    List<Event> events = new ArrayList<>();
    assertThat(second.train(MEANS, events::add, () -> false, said::add)).isTrue();
    assertThat(events.stream().filter(Event.Started.class::isInstance)).hasSize(3);
    assertThat(events.stream().filter(Event.Resumed.class::isInstance)).hasSize(1);
    assertThat(runs(folder)).hasSize(6).containsAll(before);
    assertThat(second.report().nets().stream().map(NetFigures::accuracies))
        .isEqualTo(
            report(shared, 3, good(), twin()).nets().stream().map(NetFigures::accuracies).toList());
  }

  @Test
  void runsOfOtherDataAreNotCompared() {
    report(shared, 1, good(), blind());
    Dataset other = new Dataset("halves", data().classes(), data().train(), images(500, 3));
    assertThatThrownBy(() -> new Comparison(List.of(good(), blind()), other, 1, 1, shared).done())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the test data in halves changed since the run began");
  }

  @Test
  void equalSecondsAreWholeEpochsAndMeasuredOnce() throws IOException {
    Contender given = new Budget(folder, 1e-9).of(good(), data(), 1);
    assertThat(given.experiment().training().epochs()).isEqualTo(1);
    Path file = folder.resolve("speeds.json");
    String speeds = Files.readString(file);
    Files.writeString(file, speeds.replaceFirst(": [0-9.E]+\\s*}", ": 4000 }"));
    Contender timed = new Budget(folder, 0.75).of(good(), data(), 1);
    assertThat(timed.experiment().training().epochs()).isEqualTo(7);
    Files.writeString(file, "{");
    assertThatThrownBy(() -> new Budget(folder, 1).of(good(), data(), 1))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("speeds.json: expected one JSON object");
  }

  @Test
  void numbersOfSeedsThatAreNoneAreRefused() {
    List<Contender> two = List.of(good(), blind());
    assertThatThrownBy(() -> new Comparison(two, data(), 1, 1 << 30, folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 10000 seeds");
    assertThatThrownBy(() -> new Comparison(two, data(), Long.MAX_VALUE, 2, folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("firstSeed");
    assertThatThrownBy(() -> new Gathering.Group("empty", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one run or more");
  }

  @Test
  void aSpeedThatIsNoneIsADamagedFile() throws IOException {
    Experiment experiment = good().experiment();
    Budget budget = new Budget(folder, 1);
    budget.imagesPerSecond(experiment, data(), 1);
    Path speeds = folder.resolve("speeds.json");
    Files.writeString(speeds, Files.readString(speeds).replaceAll(": [0-9.E]+\\s*}", ": -5}"));
    assertThatThrownBy(() -> budget.imagesPerSecond(experiment, data(), 1))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("speeds.json")
        .hasMessageContaining("-5");
  }

  @Test
  void predictionsOfOtherImagesAreNotCompared() {
    report(folder, 1, good(), blind());
    Comparison comparison = new Comparison(List.of(good(), blind()), data(), 1, 1, folder);
    Path predictions =
        new RunFolder(folder).ended(blind().experiment(1)).orElseThrow().predictions();
    new Predictions(new byte[900], new long[900], new float[900]).write(predictions);
    assertThatThrownBy(comparison::report)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(predictions.toString());
  }
}
