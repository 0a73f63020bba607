package dev.crema.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
  private static final List<String> KNOWN = List.of("mnist", "fashion-mnist", "adam", "sgd");

  @ParameterizedTest
  @CsvSource({
    "minst, mnist",
    "MNIST, mnist",
    "fashion_mnist, fashion-mnist",
    "fashionmnist, fashion-mnist",
    "fashion, ",
    "adma, adam",
    "Adam, adam",
    "sdg, sgd",
    "imagenet, ",
    "xyz, ",
  })
  void findsWhatWasMeantAndNothingElse(String given, String expected) {
    assertThat(Nearest.nearest(given, KNOWN).orElse(null)).isEqualTo(expected);
  }

  @Test
  void equallyNearNamesGiveTheFirstOfTheAlphabet() {
    assertThat(Nearest.nearest("conv4d", List.of("conv3d", "conv2d"))).contains("conv2d");
  }
}
