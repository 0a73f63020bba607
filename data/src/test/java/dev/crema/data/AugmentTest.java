package dev.crema.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.engine.Key;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AugmentTest {
  private static final int CHANNELS = 2;
  private static final int HEIGHT = 5;
  private static final int WIDTH = 7;
  private static final int PLANE = HEIGHT * WIDTH;

  /** No pixel is 0, and all differ. */
  private static final byte[] IMAGE = new byte[CHANNELS * PLANE];

  static {
    for (int i = 0; i < IMAGE.length; i++) {
      IMAGE[i] = (byte) (i + 1);
    }
  }

  private static byte[] apply(Augment augment, long seed) {
    // stands at 3 of a larger array: nothing outside may change
    byte[] source = new byte[IMAGE.length + 3];
    System.arraycopy(IMAGE, 0, source, 3, IMAGE.length);
    byte[] target = new byte[IMAGE.length + 4];
    Arrays.fill(target, (byte) 99);
    augment.apply(Key.of(seed), CHANNELS, HEIGHT, WIDTH, source, 3, target, 2);
    for (int outside : new int[] {0, 1, target.length - 2, target.length - 1}) {
      assertThat(target[outside]).as("seed %d", seed).isEqualTo((byte) 99);
    }
    return Arrays.copyOfRange(target, 2, 2 + IMAGE.length);
  }

  private static byte[] moved(int right, int down) {
    byte[] expected = new byte[IMAGE.length];
    for (int c = 0; c < CHANNELS; c++) {
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          int fromY = y - down;
          int fromX = x - right;
          if (fromY >= 0 && fromY < HEIGHT && fromX >= 0 && fromX < WIDTH) {
            expected[c * PLANE + y * WIDTH + x] = IMAGE[c * PLANE + fromY * WIDTH + fromX];
          }
        }
      }
    }
    return expected;
  }

  @Test
  void nothingChangesNothing() {
    assertThat(apply(Augment.NONE, 1)).isEqualTo(IMAGE);
    assertThat(Augment.NONE.isNone()).isTrue();
    assertThat(Augment.NONE.crop(2).isNone()).isFalse();
  }

  @Test
  void everyShiftUpToTheGreatestComesAndNoOther() {
    Set<Integer> expected = new HashSet<>();
    for (int right = -2; right <= 2; right++) {
      for (int down = -2; down <= 2; down++) {
        expected.add(Arrays.hashCode(moved(right, down)));
      }
    }
    assertThat(expected).hasSize(25);
    Set<Integer> seen = new HashSet<>();
    for (long seed = 0; seed < 500; seed++) {
      seen.add(Arrays.hashCode(apply(Augment.NONE.shift(2), seed)));
    }
    assertThat(seen).isEqualTo(expected);
  }

  @Test
  void flipsMirrorEachRowAsOftenAsAsked() {
    byte[] mirrored = new byte[IMAGE.length];
    for (int i = 0; i < IMAGE.length; i++) {
      mirrored[i] = IMAGE[i / WIDTH * WIDTH + WIDTH - 1 - i % WIDTH];
    }
    assertThat(apply(Augment.NONE.flip(1), 1)).isEqualTo(mirrored);
    int flips = 0;
    for (long seed = 0; seed < 1000; seed++) {
      byte[] changed = apply(Augment.NONE.flip(0.3), seed);
      if (!Arrays.equals(changed, IMAGE)) {
        assertThat(changed).as("seed %d", seed).isEqualTo(mirrored);
        flips++;
      }
    }
    // binomial, 1000 times 0.3: standard deviation 14.5
    assertThat(flips).isBetween(230, 370);
  }

  @Test
  void erasesOneSquareInsideTheImage() {
    Set<Integer> places = new HashSet<>();
    for (long seed = 0; seed < 500; seed++) {
      byte[] changed = apply(Augment.NONE.erase(1, 3), seed);
      int top = HEIGHT;
      int left = WIDTH;
      int gone = 0;
      for (int i = 0; i < IMAGE.length; i++) {
        if (changed[i] == 0) {
          top = Math.min(top, i % PLANE / WIDTH);
          left = Math.min(left, i % WIDTH);
          gone++;
        } else {
          assertThat(changed[i]).as("seed %d", seed).isEqualTo(IMAGE[i]);
        }
      }
      assertThat(gone).as("seed %d", seed).isEqualTo(CHANNELS * 3 * 3);
      places.add(top * WIDTH + left);
    }
    assertThat(places).as("places of the square").hasSize((HEIGHT - 2) * (WIDTH - 2));
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertThatThrownBy(() -> Augment.NONE.shift(-1)).hasMessageContaining("shift");
    assertThatThrownBy(() -> Augment.NONE.flip(1.1)).hasMessageContaining("flip");
    assertThatThrownBy(() -> Augment.NONE.flip(Double.NaN)).hasMessageContaining("flip");
    assertThatThrownBy(() -> Augment.NONE.erase(0.5, 0)).hasMessageContaining("erased square");
    assertThatThrownBy(() -> Augment.NONE.shift(5).checkFits(5, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected a shift of less than 5 pixels for images of 5 x 7, got 5");
    assertThatThrownBy(() -> Augment.NONE.erase(1, 6).checkFits(5, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected to erase a square of at most 5 pixels from images of 5 x 7, got 6");
  }
}
