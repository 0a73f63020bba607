package dev.crema.train.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.nn.Graph;
import dev.crema.train.Experiment;
import dev.crema.train.Training;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong arguments are refused where they come in, by their names. */
class ArgumentsTest {
  private static final Size SIZE = new Size(1, 1);

  static Stream<Arguments> wrong() {
    List<Double> rates = List.of(0.001, 0.01);
    Result result = Made.result(cell(), 0.1, 0.1);
    BatchPlan.Member member = new BatchPlan.Member(BatchPlan.Equal.EPOCHS, 8, 10, 1);
    return Stream.of(
        wrong("1 to 16384", () -> new Size(1 << 30, 1)), // a list of as many layers
        wrong("got [0, 2]", () -> Made.grid(List.of(0, 2), List.of(1))),
        wrong("got [-1]", () -> Made.grid(List.of(2), List.of(-1))),
        wrong("images", () -> plan(0, OptionalDouble.empty(), 8)),
        wrong("seconds", () -> plan(100, OptionalDouble.of(Double.NaN), 8)),
        wrong("seconds", () -> plan(100, OptionalDouble.of(0), 8)),
        wrong(
            "images a second",
            () -> plan(100, OptionalDouble.of(1), 8).members(experiment -> Double.NaN)),
        wrong("steps", () -> new BatchPlan.Member(BatchPlan.Equal.STEPS, 8, 0, 1)),
        wrong("epochs", () -> plan(100, OptionalDouble.of(1e300), 8).members(experiment -> 1e3)),
        wrong("2 and 1", () -> new Chart.Line("a", 0, false, List.of(1.0, 2.0), List.of(1.0))),
        wrong("colour", () -> new Chart.Line("a", -1, false, List.of(1.0), List.of(1.0))),
        wrong("extensions", () -> new Search(rates, -1)),
        wrong("extensions", () -> new Search(rates, Integer.MAX_VALUE)),
        wrong("[1, 1]", () -> study(List.of(1L, 1L))), // a deviation of 0
        wrong("trials", () -> new Result(cell(), List.of(), List.of())),
        wrong("one result", () -> Findings.best(List.of())),
        wrong("testImages", () -> sizes(0, Map.of(SIZE, result), List.of())),
        wrong("one result", () -> sizes(100, Map.of(), List.of())),
        wrong(
            "depth 2, width 1",
            () ->
                sizes(
                    100,
                    Map.of(SIZE, result),
                    List.of(new Slice(Slice.Alike.WIDTH, 1, List.of(SIZE, new Size(2, 1)))))),
        wrong("testImages", () -> batches(0, 0.5, Map.of(member, result))),
        wrong("one result", () -> batches(100, 0.5, Map.of())),
        wrong("target", () -> batches(100, 1.5, Map.of(member, result))));
  }

  private static Arguments wrong(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  private static Cell cell() {
    return Made.grid(List.of(1), List.of(1)).cell(SIZE, Made.base());
  }

  private static BatchPlan plan(int images, OptionalDouble seconds, Integer... batches) {
    Experiment base = Made.base();
    return new BatchPlan(base, Graph.of(base.net(), Made.INPUT), List.of(batches), images, seconds);
  }

  private static Study study(List<Long> seeds) {
    Images images = new Images(2, 1, 6, 6, new byte[36 * 2], new byte[2]);
    Dataset data = new Dataset("made", List.of("a", "b"), images, images);
    Search search = new Search(List.of(0.1), 0);
    return new Study(List.of(cell()), search, seeds, data, Path.of("none"));
  }

  private static SizeFindings sizes(int images, Map<Size, Result> results, List<Slice> slices) {
    return new SizeFindings("made", images, List.of(1L), Grid.Question.DEPTH, results, slices);
  }

  private static BatchFindings batches(
      int images, double target, Map<BatchPlan.Member, Result> results) {
    return new BatchFindings("made", "made", images, List.of(1L), target, results);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void isRefusedAndNamed(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aBatchMayBeLargerThanAnIntLessTheImages() {
    Training training = Made.base().training();
    assertThat(plan(100, OptionalDouble.empty(), Integer.MAX_VALUE).members(experiment -> 1e3))
        .extracting(BatchPlan.Member::steps)
        .contains((long) training.epochs());
  }
}
