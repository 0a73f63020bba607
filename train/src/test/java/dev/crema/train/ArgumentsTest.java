package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.Images;
import dev.crema.engine.Engine;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong arguments are refused where they come in, by their names. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ArgumentsTest {
  @TempDir private Path folder;

  static Stream<Arguments> wrong() {
    Schedule cosine = new Schedule.Cosine(0, Schedule.Unit.STEP);
    Schedule constant = new Schedule.Constant();
    Updater adam = new Updater(Optimizer.adam(0.1));
    Tensor.Live.Rows none = (from, count, into) -> {};
    int huge = Integer.MAX_VALUE;
    return Stream.of(
        wrong("[-1]", () -> new Tensor.Live(List.of(-1), none)),
        wrong("2147483647", () -> Tensor.of(new float[1], huge, huge, huge)), // past 64 bits
        wrong("classes", () -> new Confusion(predictions(0), 0)),
        wrong("class 1000000", () -> new Confusion(predictions(1_000_000), 10)), // 4 TB
        wrong("image 0 has class -1", () -> predictions(-1)),
        wrong("image 0 has class 4294967296", () -> predictions(1L << 32)),
        wrong("step", () -> cosine.factor(-1, 10, 10)),
        wrong("step", () -> constant.factor(-1, 10, 10)),
        wrong("totalSteps", () -> cosine.factor(0, 0, 10)),
        wrong("stepsPerEpoch", () -> new Schedule.Cosine(0, Schedule.Unit.EPOCH).factor(0, 10, 0)),
        wrong("length", () -> new Schedule.Warmup(1L << 62, Schedule.Unit.EPOCH, constant)),
        wrong("momentum", () -> Optimizer.sgd(0.1).momentum(0.99999999)), // 1 as a float
        wrong("step", () -> adam.set(0.1, 1, 0)), // divides by zero
        wrong("rate", () -> adam.set(Double.NaN, 1, 1)),
        wrong("gradientScale", () -> adam.set(0.1, Double.NaN, 1)),
        wrong("accuracy", () -> new Score(0.1, 1.1)),
        wrong("threads", () -> new RunFolder.Means(0, 60)),
        wrong("checkpointSeconds", () -> new RunFolder.Means(1, Double.NaN)),
        wrong("one row or more", () -> Table.text(List.of())),
        wrong("row 1", () -> Table.text(List.of(List.of("a"), List.of("b", "lost")))),
        wrong("row 1", () -> Table.markdown(List.of(List.of("a"), List.of("b", "c")))),
        wrong("row 1", () -> Table.csv(List.of(List.of("a"), List.of("b", "c")))),
        wrong("seconds", () -> bench(2, Double.NaN, 1)),
        wrong("seconds", () -> bench(2, Double.POSITIVE_INFINITY, 1)),
        wrong("peakGflops", () -> bench(2, 0.1, 0)),
        wrong("one image", () -> training(0, 0.1)),
        wrong("seconds", () -> training(4, -1)));
  }

  private static Arguments wrong(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  private static Predictions predictions(long predicted) {
    return new Predictions(new byte[1], new long[] {predicted}, new float[1]);
  }

  private static Experiment experiment(int classes) {
    Net net = Net.chain(new Flatten(), new Dense(classes));
    return new Experiment(
        "made", net, NetYaml.write(net), new Feed("made"), Loss.of(net), new Training().batch(4));
  }

  private static Benchmark.Figures bench(int classes, double seconds, double peak) {
    try (Engine engine = new Engine(1)) {
      return Benchmark.run(experiment(classes), Shape.image(1, 2, 2), engine, seconds, peak);
    }
  }

  /** Without images it had no end. */
  private static double training(int images, double seconds) {
    Images made = new Images(2, 1, 2, 2, new byte[4 * images], new byte[images]);
    try (Engine engine = new Engine(1)) {
      return Benchmark.training(experiment(2), made, engine, seconds);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void isRefusedAndNamed(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void positionsInLogsAreChecked() throws IOException {
    Path log = folder.resolve("events.jsonl");
    try (EventLog events = EventLog.open(log, -1, message -> {})) {
      events.write(new Event.Warned(0, "kept"));
    }
    assertThatThrownBy(() -> EventReader.ofEnd(log, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bytes");
    assertThatThrownBy(() -> EventLog.open(log, -2, message -> {}).close())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("step");
    assertThat(Files.size(log)).as("nothing is lost").isPositive();
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> new Training().optimizer(none())).hasMessage("optimizer");
    assertThatThrownBy(() -> new Training().schedule(none())).hasMessage("schedule");
    assertThatThrownBy(() -> new EarlyStopping(none(), 1, 0)).hasMessage("metric");
    assertThatThrownBy(() -> new Schedule.Exponential(1, none())).hasMessage("unit");
    assertThatThrownBy(() -> new Schedule.Step(1, 1, none())).hasMessage("unit");
    assertThatThrownBy(() -> new Schedule.Cosine(0, none())).hasMessage("unit");
    assertThatThrownBy(() -> new Schedule.Warmup(1, Schedule.Unit.STEP, none())).hasMessage("then");
    assertThatThrownBy(() -> new Updater(none())).hasMessage("optimizer");
    Experiment made = experiment(2);
    assertThatThrownBy(() -> made.training(none())).hasMessage("training");
    assertThatThrownBy(() -> made.feed(none())).hasMessage("feed");
  }

  /** What a caller may hand over who compiles without NullAway. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T none() {
    return null;
  }

  @Test
  void benchesNetworksOfAnyNumberOfClasses() {
    assertThat(bench(2, 0.01, 1).imagesPerSecond()).isPositive();
  }
}
