package dev.crema.zoo.reports;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.train.Experiment;
import dev.crema.zoo.Zoo;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Without seeds nothing is trained, and all would be done; equal ones look like no deviation. */
class ArgumentsTest {
  static Stream<Arguments> wrong() {
    Experiment experiment = Zoo.find("softmax").orElseThrow().experiment("mnist");
    Entry entry = new Entry("softmax", experiment, 1, List.of(), "");
    Report report = new Report("R", "made", "made", List.of(entry));
    return Stream.of(
        wrong("got 0", () -> new Terms(false, Optional.empty(), OptionalInt.of(0))),
        wrong("got -1", () -> new Entry("softmax", experiment, -1, List.of(), "")),
        wrong("got []", () -> new Attempt(report, entry, experiment, List.of(), List.of())),
        wrong(
            "got [2, 2]",
            () -> new Attempt(report, entry, experiment, List.of(2L, 2L), List.of())));
  }

  private static Arguments wrong(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void numbersOfSeedsAreChecked(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seed")
        .hasMessageContaining(message);
  }
}
