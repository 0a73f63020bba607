package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.crema.data.Augment;
import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.data.Size;
import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import dev.crema.nn.BatchNorm;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Dropout;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import dev.crema.nn.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final int SIZE = 10;

  /** Something of everything that happens to images on their way. */
  private static final Feed FEED =
      new Feed("thirds")
          .limit(280)
          .resize(Optional.of(new Size(14, 12)))
          .augment(Augment.NONE.shift(1).flip(0.5).erase(0.2, 2));

  /** Something of everything that sums over images or draws at random. */
  private static final Net NET =
      Net.chain(
          new Conv2d(5, 3).padding(1),
          new BatchNorm(),
          new Relu(),
          new MaxPool2d(2),
          new Conv2d(36, 3),
          new Flatten(),
          new Dropout(0.3),
          new Dense(17),
          new Relu(),
          new Dense(3));

  private static final Graph GRAPH = Graph.of(NET, Shape.image(1, 14, 12));

  @TempDir private Path folder;

  /** Noise with a brighter third: the class is which one. */
  private static Images images(int count, long seed) {
    Key key = Key.of(seed);
    byte[] pixels = new byte[count * SIZE * SIZE];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) key.below(3, i);
      for (int p = 0; p < SIZE * SIZE; p++) {
        int bright = p / (SIZE * SIZE / 3 + 1) == labels[i] ? 60 : 0;
        pixels[i * SIZE * SIZE + p] = (byte) (key.fold(i).below(150, p) + bright);
      }
    }
    return new Images(3, 1, SIZE, SIZE, pixels, labels);
  }

  private static Dataset data() {
    return new Dataset("thirds", List.of("top", "middle", "bottom"), images(300, 1), images(90, 2));
  }

  static Experiment experiment(double rate) {
    Training training =
        new Training(Optimizer.adam(rate)).batch(40).epochs(3).seed(5).validation(0.2);
    return new Experiment("thirds", NET, NetYaml.write(NET), FEED, Loss.of(NET), training);
  }

  private static Outcome train(Run run, Experiment experiment) {
    try (Engine engine = new Engine(1)) {
      return train(run, experiment, engine);
    }
  }

  static Outcome train(Run run, Experiment experiment, Engine engine) {
    return new Trainer(experiment, GRAPH, data(), engine, event -> {}, () -> false).train(run);
  }

  private static Outcome train(Run run, int threads, double rate, BooleanSupplier stop) {
    return train(run, threads, rate, stop, data());
  }

  private static Outcome train(
      Run run, int threads, double rate, BooleanSupplier stop, Dataset data) {
    try (Engine engine = new Engine(threads)) {
      return new Trainer(experiment(rate), GRAPH, data, engine, event -> {}, stop).train(run);
    }
  }

  private Run create(String name) {
    return Run.create(folder.resolve(name), experiment(0.01));
  }

  private static Map<String, Tensor> weights(Run run) {
    return Checkpoint.read(run.checkpoints().last()).weights();
  }

  @Test
  void learnsAndGivesTheSameBitsForAnyNumberOfThreads() {
    Run one = create("one");
    Outcome outcome = train(one, 1, 0.01, () -> false);
    assertThat(outcome.test().orElseThrow().accuracy()).isGreaterThan(0.9);
    try (Engine engine = new Engine(2)) {
      Model model = new Model(GRAPH, Loss.of(NET), 7, engine);
      model.load(Checkpoint.read(one.checkpoints().last()), one.folder());
      assertThat(model.score(data().test()).accuracy())
          .as("on images that are resized, and that is all")
          .isEqualTo(outcome.test().orElseThrow().accuracy());
    }
    for (int threads = 2; threads <= 3; threads++) {
      Run more = create("threads-" + threads);
      train(more, threads, 0.01, () -> false);
      assertThat(weights(more)).as("%d threads", threads).isEqualTo(weights(one));
    }
  }

  /** Three epochs of a batch of this size, with validations in them, and the best is kept. */
  private static Experiment batched(int batch) {
    Training training =
        experiment(0.01).training().batch(batch).keepBest(Metric.LOSS).validateEvery(3);
    return experiment(0.01).training(training);
  }

  private static Outcome train(Run run, Experiment experiment, int threads, StopAt stop) {
    try (Engine engine = new Engine(threads)) {
      return train(run, experiment, engine, stop);
    }
  }

  private static Outcome train(Run run, Experiment experiment, Engine engine, StopAt stop) {
    return new Trainer(experiment, GRAPH, data(), engine, stop, stop).train(run);
  }

  private static StopAt never() {
    return new StopAt(0);
  }

  /** Wherever the stop is seen: before a step, in a validation, in the fit's score, in the test. */
  @ParameterizedTest
  @ValueSource(ints = {40, 224, 999}) // images of a step; the epoch has 224
  void whereverItIsStoppedItSavesAndResumesToTheSameBits(int batch) {
    Experiment experiment = batched(batch);
    Run whole = Run.create(folder.resolve("whole"), experiment);
    StopAt counted = never();
    try (Engine one = new Engine(1);
        Engine two = new Engine(2)) {
      train(whole, experiment, two, counted);
      // before steps, at the epochs' ends, and before batches: of the validations, also of the
      // best,
      // of the fit, and of the test
      int steps = Math.ceilDiv(224, batch);
      int validations = Math.ceilDiv(56, batch) * (3 * Math.ceilDiv(steps, 3) + 1);
      assertThat(counted.asked())
          .isEqualTo(3 * steps + 3 + validations + steps + Math.ceilDiv(90, batch));
      for (int n = 1; n <= counted.asked(); n++) {
        Run run = Run.create(folder.resolve("stopped-" + n), experiment);
        Outcome stopped = train(run, experiment, two, new StopAt(n));
        assertThat(stopped.interrupted()).as("stop %d", n).isTrue();
        assertThat(run.isFinished()).isFalse();
        Event last = EventLog.read(run.events()).getLast();
        assertThat(last).as("stop %d", n).isInstanceOf(Event.Interrupted.class);
        assertThat(run.checkpoints().latestGood(message -> {}).map(Checkpoint::step).orElse(0L))
            .isEqualTo(last.step());
        // once more at once: nothing is done in between
        assertThat(train(run, experiment, one, new StopAt(1)).interrupted()).isTrue();
        assertThat(EventLog.read(run.events()).getLast()).isEqualTo(last);
        train(run, experiment, one, never());
        assertThat(weights(run)).as("stop %d", n).isEqualTo(weights(whole));
        assertThat(read(run.checkpoints().best())).isEqualTo(read(whole.checkpoints().best()));
        assertThat(read(run.predictions())).as("stop %d", n).isEqualTo(read(whole.predictions()));
        assertThat(happened(run)).as("stop %d", n).isEqualTo(happened(whole));
        assertThat(losses(run)).as("stop %d", n).isEqualTo(losses(whole));
      }
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the log says of the training, without what depends on when it was saved or stopped. */
  private static List<Event> happened(Run run) {
    return EventLog.read(run.events()).stream()
        .<Event>mapMulti((event, to) -> {
          switch (event) {
            case Event.EpochEnded e ->
                to.accept(
                    new Event.EpochEnded(
                        e.step(), e.epoch(), e.train(), e.validation(), e.test(), 0));
            case Event.Validated e ->
                to.accept(new Event.Validated(e.step(), e.epoch(), e.validation(), 0));
            case Event.Finished e ->
                to.accept(new Event.Finished(e.step(), e.epochs(), e.train(), e.test(), 0));
            case Event.ParameterMeasured e -> to.accept(e);
            default -> {}
          }
        })
        .toList();
  }

  /** Where each was killed, as far as what it left says. */
  @Test
  void whatAKilledProcessDidNotLogIsLoggedWhenItIsResumed() throws IOException {
    Run run = create("killed");
    StopAt counted = never();
    train(create("whole"), experiment(0.01), 1, counted);
    train(run, experiment(0.01), 1, new StopAt(counted.asked())); // in its test
    List<Event> whole = EventLog.read(run.events());
    Event.CheckpointSaved saved = new Event.CheckpointSaved(18, 3, "checkpoint-18.safetensors");
    assertThat(whole).contains(saved);

    // between the checkpoint and its event
    List<String> lines = Files.readAllLines(run.events());
    Files.write(run.events(), lines.subList(0, whole.indexOf(saved)));
    train(run, 1, 0.01, () -> false);
    assertThat(EventLog.read(run.events())).containsOnlyOnce(saved);

    // between the last event and the results
    Files.delete(run.folder().resolve("results.json"));
    train(run, 1, 0.01, () -> false);
    assertThat(EventLog.read(run.events()))
        .containsOnlyOnce(saved)
        .filteredOn(Event.Finished.class::isInstance)
        .hasSize(1);
  }

  @Test
  void aRunThatIsResumedAtItsEndHasItsRate() throws IOException {
    Run run = create("rate");
    Outcome whole = train(run, 1, 0.01, () -> false);
    Files.delete(run.folder().resolve("results.json"));
    Outcome again = train(run, 1, 0.01, () -> false);
    assertThat(again.imagesPerSecond()).isEqualTo(whole.imagesPerSecond()).isPositive();
    assertThat(again.imagesPerSecond() * again.seconds()).isCloseTo(3 * 224, within(1e-6));
  }

  /** What is surprising is said as a run begins, kept in its log, and not said again. */
  @Test
  void warnsOnceOfWhatIsSurprising() {
    Images train = images(241, 1);
    Dataset data = new Dataset("thirds", List.of("top", "middle", "bottom"), train, images(90, 2));
    Net net = Net.chain(new Flatten(), new Dense(5));
    Graph graph = Graph.of(net, Shape.image(1, 14, 12));
    Training training = new Training(Optimizer.adam(0.01)).batch(40).epochs(2);
    Experiment experiment =
        new Experiment("dead", net, NetYaml.write(net), FEED, Loss.of(net), training);
    Run run = Run.create(folder.resolve("surprising"), experiment);
    try (Engine engine = new Engine(1)) {
      StopAt stop = new StopAt(4);
      new Trainer(experiment, graph, data, engine, stop, stop).train(run);
      new Trainer(experiment, graph, data, engine, event -> {}, () -> false).train(run);
    }
    assertThat(EventLog.read(run.events()).stream().filter(Event.Warned.class::isInstance))
        .singleElement()
        .asString()
        .contains("5 outputs for data of 3 classes: the other 2 can only be wrong");
    assertThat(run.isFinished()).isTrue();
  }

  @Test
  void refusesAPartForValidationThatHoldsNoImage() {
    Experiment all = experiment(0.01);
    Experiment none =
        new Experiment(
            all.name(),
            all.net(),
            all.description(),
            FEED,
            all.loss(),
            all.training().validation(0.001));
    try (Engine engine = new Engine(1)) {
      assertThatThrownBy(() -> new Trainer(none, GRAPH, data(), engine, event -> {}, () -> false))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("`validation`: 0.001 of 280 images holds out none");
    }
  }

  /** Of every tenth of 18 steps. */
  private static List<Double> losses(Run run) {
    return EventLog.read(run.events()).stream()
        .filter(Event.LossesLogged.class::isInstance)
        .flatMap(event -> ((Event.LossesLogged) event).losses().stream())
        .toList();
  }

  private static List<Event.ParameterMeasured> measured(Run run) {
    return EventLog.read(run.events()).stream()
        .filter(Event.ParameterMeasured.class::isInstance)
        .map(Event.ParameterMeasured.class::cast)
        .toList();
  }

  @Test
  void measuresWhatItsParametersAre() {
    Run run = create("measured");
    train(run, 1, 0.01, () -> false);
    List<Event.ParameterMeasured> measured = measured(run);
    assertThat(measured.stream().map(Event.ParameterMeasured::step).distinct())
        .as("the start, the powers of 16, and the end")
        .containsExactly(0L, 1L, 16L, 18L);
    assertThat(measured.getFirst().updateRatio()).isEmpty();
    Map<String, Tensor> weights = new TreeMap<>(weights(run));
    weights.keySet().removeIf(name -> name.startsWith("1.running_"));
    List<Event.ParameterMeasured> last =
        measured.stream().filter(event -> event.step() == 18).toList();
    assertThat(last)
        .extracting(Event.ParameterMeasured::parameter)
        .containsExactlyInAnyOrderElementsOf(weights.keySet());
    for (Event.ParameterMeasured event : last) {
      float[] values = ((Tensor.Floats) weights.get(event.parameter())).values();
      double mean =
          IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
      double squares =
          IntStream.range(0, values.length)
              .mapToDouble(i -> Math.pow(values[i] - mean, 2))
              .average()
              .orElseThrow();
      // a part of the largest one was looked at
      boolean whole = values.length <= 2048;
      assertThat(event.mean())
          .as(event.parameter())
          .isCloseTo(mean, within(whole ? 1e-9 : 0.1 * Math.sqrt(squares)));
      assertThat(event.deviation())
          .as(event.parameter())
          .isCloseTo(Math.sqrt(squares), within(whole ? 1e-7 : 0.1 * Math.sqrt(squares)));
      assertThat(event.counts().stream().mapToInt(n -> n)).as(event.parameter()).hasSize(48);
      assertThat(event.counts().stream().mapToInt(n -> n).sum())
          .isEqualTo(whole ? values.length : 2048 / 17 * 17);
      assertThat(event.updateRatio().orElseThrow()).as(event.parameter()).isBetween(1e-5, 1.0);
    }
  }

  @Test
  void measuresRarely() {
    assertThat(LongStream.rangeClosed(1, 3000).filter(step -> Gauge.isDue(step, 1000, 3000, true)))
        .containsExactly(1L, 16L, 256L, 1000L, 2000L, 3000L);
    assertThat(LongStream.rangeClosed(1, 1400).filter(step -> Gauge.isDue(step, 200, 1400, true)))
        .as("epochs of 200 steps: after the third, the sixth and the last")
        .containsExactly(1L, 16L, 256L, 600L, 1200L, 1400L);
  }

  @Test
  void endsAfterItsStepsAndValidatesWithinEpochs() {
    Training training = experiment(0.01).training().steps(8).validateEvery(2);
    Experiment eight = experiment(0.01).training(training);
    Run run = Run.create(folder.resolve("eight"), eight);
    assertThat(train(run, eight, 2, new StopAt(13)).interrupted()).isTrue();
    Outcome outcome = train(run, eight);
    assertThat(outcome.epochs()).isEqualTo(2);
    Run longer = create("longer");
    // before step 9, and before that for each batch of the validation and at the epoch's end
    train(longer, experiment(0.01), 1, new StopAt(12));
    assertThat(weights(run))
        .as("the same as those of a longer training after 8 steps")
        .isEqualTo(longer.checkpoints().latestGood(message -> {}).orElseThrow().weights());

    List<Event> events = EventLog.read(run.events());
    assertThat(events)
        .filteredOn(Event.Validated.class::isInstance)
        .extracting(Event::step)
        .as("6 steps are an epoch, and 8 the end, where it validates anyway")
        .containsExactly(2L, 4L);
    assertThat(events)
        .filteredOn(Event.EpochEnded.class::isInstance)
        .extracting(Event::step)
        .containsExactly(6L, 8L);
  }

  @Test
  void scoresTheFinalWeightsOnWhatTheyLearnedFrom() {
    Outcome outcome = train(create("fit"), 1, 0.01, () -> false);
    Score fit = outcome.fit().orElseThrow();
    assertThat(fit.loss())
        .as("less than while they were learning, and from images that are not augmented")
        .isLessThan(outcome.train().loss());
    assertThat(fit.accuracy() * 224).isCloseTo(Math.rint(fit.accuracy() * 224), within(1e-9));
  }

  @Test
  void goesOnWithNoOtherData() {
    Run run = create("changed");
    train(run, 1, 0.01, () -> true);
    Dataset data = data();
    Dataset otherTrain = new Dataset("thirds", data.classes(), images(300, 3), data.test());
    Dataset otherTest = new Dataset("thirds", data.classes(), data.train(), images(80, 2));
    assertThatThrownBy(() -> train(run, 1, 0.01, () -> true, otherTrain))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(run.folder() + ": the training data in thirds changed")
        .hasMessageContaining(
            "expected 300 images of 1x10x10 in 3 classes with SHA-256 " + data.train().sha256())
        .hasMessageContaining("in 3 classes with SHA-256 " + otherTrain.train().sha256())
        .hasMessageEndingWith("; bring the old files back, or train anew");
    assertThatThrownBy(() -> train(run, 1, 0.01, () -> true, otherTest))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the test data in thirds changed")
        .hasMessageContaining("expected 90 images of")
        .hasMessageContaining("got 80 images of");
    assertThat(train(run, 1, 0.01, () -> false).interrupted()).isFalse();
  }

  /** Runs of older versions do not say what they began with. */
  @Test
  void goesOnWithWhatIsThereIfNothingIsNoted() throws IOException {
    Run run = create("old");
    train(run, 1, 0.01, () -> true);
    Files.delete(run.folder().resolve("data.json"));
    assertThat(train(run, 1, 0.01, () -> false).interrupted()).isFalse();
  }

  @Test
  void stopsBeforeTheWeightsAreSpoilt() {
    Run wild = create("wild");
    assertThatThrownBy(() -> train(wild, 1, 1e38, () -> false))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("at step 2 (epoch 1)")
        .hasMessageContaining("the output of layer ")
        .hasMessageContaining("weights were not touched, and no checkpoint was written yet");
    assertThat(EventLog.read(wild.events())).anyMatch(Event.Diverged.class::isInstance);
  }

  /** An Adam step changes each weight by the rate, so 1e39 is past every float. */
  @Test
  void savesNoWeightsThatAnUpdateSpoilt() {
    Run wild = create("spoilt");
    assertThatThrownBy(() -> train(wild, experiment(1e39), 1, new StopAt(2)))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("`0.weight` after its update; these weights were not saved");
    assertThat(wild.checkpoints().latestGood(message -> {})).isEmpty();
  }

  @Test
  void aRunThatWasStoppedEarlyStaysSoWhenItIsResumed() {
    var noGainIsEnough = new EarlyStopping(Metric.ACCURACY, 1, 1);
    Training training = experiment(0.01).training().epochs(9).earlyStopping(noGainIsEnough);
    Experiment experiment =
        new Experiment("thirds", NET, NetYaml.write(NET), FEED, Loss.of(NET), training);
    Run run = Run.create(folder.resolve("early"), experiment);
    assertThat(train(run, experiment).epochs()).isEqualTo(2);
    assertThat(train(run, experiment).epochs()).isEqualTo(2);
  }

  @Test
  void testsTheWeightsThatItKeptAsTheBest() {
    // All right long before the end, and no later epoch is better than that.
    Training training = experiment(0.03).training().epochs(6).keepBest(Metric.ACCURACY);
    Experiment experiment =
        new Experiment("thirds", NET, NetYaml.write(NET), FEED, Loss.of(NET), training);
    Run run = Run.create(folder.resolve("best"), experiment);
    Outcome outcome = train(run, experiment);
    List<Event.EpochEnded> epochs =
        EventLog.read(run.events()).stream()
            .filter(Event.EpochEnded.class::isInstance)
            .map(Event.EpochEnded.class::cast)
            .toList();
    int best = outcome.bestEpoch().orElseThrow();
    assertThat(best).as("the case must be one where the last epoch is not the best").isLessThan(6);
    assertThat(outcome.validation()).isEqualTo(epochs.get(best - 1).validation());
    assertThat(weights(run)).isEqualTo(Checkpoint.read(run.checkpoints().best()).weights());
  }
}
