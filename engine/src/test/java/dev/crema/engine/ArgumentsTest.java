package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong arguments are refused where they come in, by their names. */
class ArgumentsTest {
  private static final Window ONE = new Window(1, 1, 0);
  private static final Volume IN = new Volume(4, 6, 6, 0, 1);
  private static final Volume OUT = new Volume(8, 6, 6, 0, 1);

  static Stream<Arguments> refused() {
    int huge = Integer.MAX_VALUE;
    return Stream.of(
        refused("size must be 0 or more, got -1", () -> Key.of(1).permutation(-1)),
        // 2^70 bytes are 0 in 64 bits
        refused("1073741824 x 1073741824 x 16", () -> new Volume(1 << 30, 1 << 30, 16, 0, 1)),
        // 2^33 cells are 0 in 32 bits
        refused("1 x 131072 x 65536", () -> new Volume(1, 1 << 17, 1 << 16, 0, 1)),
        refused("kernel 2147483647", () -> new Window(huge, 1, 0)),
        refused("stride 2147483647", () -> new Window(1, huge, 0)),
        refused("padding 2147483647", () -> new Window(1, 1, huge)), // was one of -1
        refused("0 groups", () -> new Convolution(ONE, 0, IN, OUT, IN, OUT)),
        refused("-2 groups", () -> new Convolution(ONE, -2, IN, OUT, IN, OUT)),
        refused("inGradient", () -> new Convolution(ONE, 1, IN, OUT, OUT, OUT)),
        refused("outGradient", () -> new Convolution(ONE, 1, IN, OUT, IN, IN)),
        refused("vectors", () -> new Convolution(ONE, 1, IN, new Volume(8, 6, 6, 0, 2), IN, OUT)));
  }

  private static Arguments refused(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void refusesAndNames(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
