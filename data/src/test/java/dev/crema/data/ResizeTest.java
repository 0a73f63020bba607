package dev.crema.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeTest {
  private static byte[] resize(int channels, byte[] image, int fh, int fw, int h, int w) {
    byte[] target = new byte[channels * h * w];
    new Resize(fh, fw, h, w).apply(channels, image, 0, target, 0);
    return target;
  }

  @Test
  void doublesByHandComputedValues() {
    // centres of the four output columns lie at -0.25 (held at 0), 0.25, 0.75 and 1.25 (held at 1)
    assertThat(resize(1, new byte[] {0, 100}, 1, 2, 1, 4)).containsExactly(0, 25, 75, 100);
    // rows weigh the same: 40 is a quarter of the way from 0 to 160
    assertThat(resize(1, new byte[] {0, 80, (byte) 160, (byte) 240}, 2, 2, 4, 4))
        .containsExactly(
            0, 20, 60, 80, //
            40, 60, 100, 120, //
            120, 140, 180, 200, //
            160, 180, 220, 240);
  }

  @Test
  void halvesByTheMeanOfTwo() {
    // output centres lie at 0.5 and 2.5
    assertThat(resize(1, new byte[] {10, 20, 30, (byte) 255}, 1, 4, 1, 2))
        .containsExactly(15, 143); // (30 + 255) / 2 = 142.5, rounded up
  }

  @Test
  void skipsNoPixelWhenItShrinksMore() {
    assertThat(resize(1, new byte[] {1, 2, 77, 3, 4}, 1, 5, 1, 1)).containsExactly(17); // 87 / 5
    // 5 x 2 to 2 x 2: each row covers two and a half, so the middle one counts half in both
    assertThat(resize(1, new byte[] {0, 10, 0, 10, 100, 10, 0, 10, 0, 10}, 5, 2, 2, 2))
        .containsExactly(20, 10, 20, 10);
  }

  @Test
  void findsItsImagesInLargerArrays() {
    byte[] source = new byte[3 + 2 * 6];
    for (int i = 0; i < 6; i++) {
      source[3 + i] = 10;
      source[3 + 6 + i] = 20;
    }
    byte[] target = new byte[2 + 2 * 2];
    new Resize(6, 1, 2, 1).apply(2, source, 3, target, 2);
    assertThat(target).containsExactly(0, 0, 10, 10, 20, 20);
  }

  @Test
  void channelsStayApart() {
    assertThat(resize(2, new byte[] {10, 20}, 1, 1, 2, 1)).containsExactly(10, 10, 20, 20);
  }

  @ParameterizedTest
  @CsvSource({
    "28, 28, 28, 28",
    "28, 28, 96, 96",
    "28, 28, 224, 224",
    "7, 13, 16, 7",
    "33, 1, 19, 4",
    "25, 34, 13, 17"
  })
  void isWithinOneOfTheExactValue(int fh, int fw, int h, int w) {
    long seed = System.nanoTime();
    byte[] image = new byte[fh * fw];
    new Random(seed).nextBytes(image);
    byte[] resized = resize(1, image, fh, fw, h, w);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        double exact = exact(image, fh, fw, (y + 0.5) * fh / h - 0.5, (x + 0.5) * fw / w - 0.5);
        assertThat((double) (resized[y * w + x] & 0xff))
            .as("seed %d, row %d, column %d", seed, y, x)
            .isBetween(exact - 0.63, exact + 0.63); // half for rounding, an eighth for the weights
      }
    }
  }

  private static double exact(byte[] image, int fh, int fw, double atY, double atX) {
    double y = Math.clamp(atY, 0, fh - 1);
    double x = Math.clamp(atX, 0, fw - 1);
    double sum = 0;
    for (int i = (int) y; i <= Math.min((int) y + 1, fh - 1); i++) {
      for (int j = (int) x; j <= Math.min((int) x + 1, fw - 1); j++) {
        sum += (1 - Math.abs(y - i)) * (1 - Math.abs(x - j)) * (image[i * fw + j] & 0xff);
      }
    }
    return sum;
  }

  @Test
  void sizesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Resize(28, 28, 0, 28))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Resize(28, 28, 1, 65537))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void arraysThatDoNotHoldTheImagesAreRefused() {
    Resize resize = new Resize(4, 4, 2, 2);
    byte[] from = new byte[16];
    Arrays.fill(from, (byte) 9);
    byte[] to = new byte[4];
    assertRefused("0 channels", () -> resize.apply(0, from, 0, to, 0));
    assertRefused("source", () -> resize.apply(1, from, -1, to, 0));
    assertRefused("source", () -> resize.apply(1, from, 1, to, 0));
    assertRefused("source", () -> resize.apply(1 << 28, from, 0, to, 0)); // 2^32 bytes are 0
    assertRefused("target", () -> resize.apply(1, from, 0, to, -1));
    assertRefused("target", () -> resize.apply(1, from, 0, new byte[3], 0));
    assertThat(to).as("nothing is written").containsOnly(0);
  }

  private static void assertRefused(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
