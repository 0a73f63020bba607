package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.crema.data.Augment;
import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.data.Size;
import dev.crema.nn.Shape;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeedTest {
  private static final Optional<Size> USUAL = Optional.of(new Size(96, 96));

  private static Feed read(String data) {
    Yaml yaml = Yaml.parse("a.yaml", "data: " + data);
    Feed feed = Feed.read(yaml, USUAL);
    yaml.check();
    return feed;
  }

  @Test
  void readsAllThatHappensToImages() {
    Feed plain = new Feed("mnist");
    assertThat(read("mnist")).isEqualTo(plain.resize(USUAL));
    assertThat(read("{name: mnist, resize: none}")).isEqualTo(plain);
    assertThat(read("{name: mnist, resize: 224}").resize()).contains(new Size(224, 224));
    assertThat(read("{name: mnist, resize: [224, 192]}").resize()).contains(new Size(224, 192));
    String all =
        "{name: a, limit: 5, augment: {shift: 2, flip: 0.5, erase: {probability: 0.25, size: 8}}}";
    Augment augment = Augment.NONE.shift(2).flip(0.5).erase(0.25, 8);
    assertThat(read(all)).isEqualTo(new Feed("a").resize(USUAL).limit(5).augment(augment));
    assertThat(read("{name: mnist, augment: {crop: 4}}").augment())
        .isEqualTo(Augment.NONE.shift(4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          resize: 0           | `data.resize`: expected a height and width of 1 to 4096 pixels, got 0
          resize: 100000      | `data.resize`: expected a height and width of 1 to 4096 pixels, got
          resize: 99999999999 | `data.resize`: expected a size in pixels, such as 224 or 224x192
          resize: -1          | `data.resize`: expected a size in pixels, such as 224 or 224x192
          resize: [9, 9999]   | `data.resize`: expected a height and width of 1 to 4096 pixels, got 9
          resize: [9, 9, 9]   | `data.resize`: expected [height, width], got 3 numbers
          resize: [9, x]      | `data.resize[1]`: expected a whole number, got `x`
          resize: no          | got no; none leaves the images as they are
          limit: 0            | `data`: limit must be 1 or more, got 0
          augment: 3          | `data.augment`: expected keys with values, got `3`
          augment: {shift: -1}          | `data.augment`: shift must be 0 or more pixels, got -1
          augment: {flip: 2}            | `data.augment`: flip must be a probability of 0 ... 1
          augment: {rotate: 9}          | unknown key `rotate` in `data.augment`; known: crop, erase
          augment: {shift: 1, crop: 1}  | `crop` is another name of `shift`; use one of them
          augment: {erase: {size: 3}}   | missing key `probability` in `data.augment.erase`
          augment: {erase: {probability: 1, size: 0}} | the erased square must be 1 or more pixels
          """)
  void namesWhatMakesNoSense(String key, String fault) {
    assertThat(
            catchThrowableOfType(
                ConfigurationException.class, () -> read("{name: mnist, " + key + "}")))
        .isNotNull()
        .hasMessageStartingWith("a.yaml:1:")
        .hasMessageContaining(fault);
  }

  /** Image i has the one pixel i, and label 0 up to half of them, as in sorted folders. */
  private static Dataset sorted(int train, int test) {
    return new Dataset("sorted", List.of("a", "b"), sorted(train), sorted(test));
  }

  private static Images sorted(int count) {
    byte[] pixels = new byte[count];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      pixels[i] = (byte) i;
      labels[i] = (byte) (2 * i / count);
    }
    return new Images(2, 1, 1, 1, pixels, labels);
  }

  @Test
  void aLimitDrawsFromAllImages() {
    Dataset all = sorted(200, 30);
    Dataset some = new Feed("sorted").limit(50).select(all, 7);
    assertThat(some.test()).isSameAs(all.test());
    TreeSet<Integer> seen = new TreeSet<>();
    int first = 0;
    for (int i = 0; i < some.train().count(); i++) {
      seen.add(some.train().image(i)[0] & 0xff);
      first += 1 - some.train().label(i);
    }
    assertThat(seen).as("different images").hasSize(50);
    // hypergeometric: mean 25, standard deviation 3.1
    assertThat(first).isBetween(10, 40);
    Feed feed = new Feed("sorted").limit(50);
    assertThat(feed.select(all, 7).train().sha256()).isEqualTo(some.train().sha256());
    assertThat(feed.select(all, 8).train().sha256()).isNotEqualTo(some.train().sha256());
    assertThat(new Feed("sorted").select(all, 7).train()).isSameAs(all.train());
  }

  @Test
  void theNetworkGetsImagesOfTheSizeAskedFor() {
    Images images = new Images(2, 3, 5, 7, new byte[105], new byte[1]);
    assertThat(new Feed("a").input(images)).isEqualTo(Shape.image(3, 5, 7));
    assertThat(new Feed("a").resize(USUAL).input(images)).isEqualTo(Shape.image(3, 96, 96));
  }
}
