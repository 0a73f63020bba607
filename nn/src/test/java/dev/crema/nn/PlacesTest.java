package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.engine.Key;
import dev.crema.nn.Places.Life;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private static final int ROUNDS = 300;

  private static List<Life> draw(long seed) {
    Key key = Key.of(seed);
    int moments = 1 + key.below(30, 0);
    List<Life> lives = new ArrayList<>();
    for (int i = 0; i < key.below(40, 1); i++) {
      Key each = key.fold(i);
      int first = each.below(moments, 0);
      lives.add(new Life(each.below(1000, 1), first, first + each.below(moments - first, 2)));
    }
    return lives;
  }

  /** The bytes alive at the fullest moment: nobody can do with less. */
  private static long fullest(List<Life> lives) {
    return lives.stream()
        .mapToLong(at ->
            lives.stream()
                .filter(life -> life.first() <= at.first() && at.first() <= life.last())
                .mapToLong(Life::bytes)
                .sum())
        .max()
        .orElse(0);
  }

  private static long sum(List<Life> lives) {
    return lives.stream().mapToLong(Life::bytes).sum();
  }

  @Test
  void neverPutsTwoThatMeetOnOnePlace() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      List<Life> lives = draw(seed);
      Places places = Places.of(lives);
      assertThat(places.offsets()).as("seed %d", seed).hasSameSizeAs(lives);
      for (int i = 0; i < lives.size(); i++) {
        long start = places.offsets().get(i);
        long end = start + lives.get(i).bytes();
        assertThat(start).as("seed %d, %d", seed, i).isNotNegative();
        assertThat(end).as("seed %d, %d", seed, i).isLessThanOrEqualTo(places.bytes());
        for (int j = 0; j < i; j++) {
          if (lives.get(i).meets(lives.get(j))) {
            long other = places.offsets().get(j);
            assertThat(end <= other || other + lives.get(j).bytes() <= start)
                .as("seed %d, %s and %s", seed, lives.get(i), lives.get(j))
                .isTrue();
          }
        }
      }
    }
  }

  @Test
  void needsLittleMoreThanTheFullestMoment() {
    double needed = 0;
    double least = 0;
    for (long seed = 0; seed < ROUNDS; seed++) {
      List<Life> lives = draw(seed);
      long bytes = Places.of(lives).bytes();
      assertThat(bytes).as("seed %d", seed).isBetween(fullest(lives), sum(lives));
      needed += bytes;
      least += fullest(lives);
    }
    assertThat(needed / least).isBetween(1.0, 1.05);
  }

  /** As a network's activations are: the first born die last. */
  @Test
  void wastesNothingOnNestedLives() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      Key key = Key.of(seed);
      List<Life> lives = new ArrayList<>();
      int layers = 1 + key.below(20, 0);
      for (int i = 0; i < layers; i++) {
        lives.add(new Life(1 + key.below(1000, 1 + i), i, 2 * layers - i));
      }
      assertThat(Places.of(lives).bytes()).as("seed %d", seed).isEqualTo(sum(lives));
    }
  }

  @Test
  void letsThoseShareThatFollowEachOther() {
    List<Life> chain = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      chain.add(new Life(100 - i, i, i + 1)); // each is made from the one before
    }
    assertThat(Places.of(chain).bytes()).isEqualTo(199);
  }

  @Test
  void findsTheSamePlacesAlways() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      assertThat(Places.of(draw(seed))).as("seed %d", seed).isEqualTo(Places.of(draw(seed)));
    }
  }

  @Test
  void placesNothing() {
    assertThat(Places.of(List.of())).isEqualTo(new Places(List.of(), 0));
  }

  @Test
  void refusesToEndBeforeTheBeginning() {
    assertThatThrownBy(() -> new Life(1, 3, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from 3 to 2");
  }
}
