package dev.crema.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.engine.Key;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ImagesTest {
  private static final Key KEY = Key.of(7);

  private static int[] numbers(Images images) {
    return IntStream.range(0, images.count()).map(i -> images.image(i)[0] & 0xff).toArray();
  }

  @Test
  void splitPartsAreAllImagesEachOnceAndTheSameForTheSameKey() {
    Images all = Sample.numbered(100, 2, 2);
    Images.Split split = all.split(20, KEY);
    assertThat(split.train().count()).isEqualTo(80);
    assertThat(numbers(split.validation()))
        .hasSize(20)
        .isSorted()
        .isNotEqualTo(numbers(all.first(20)));
    assertThat(
            IntStream.concat(
                IntStream.of(numbers(split.train())), IntStream.of(numbers(split.validation()))))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 100).boxed().toList());
    assertThat(numbers(all.split(20, KEY).validation())).isEqualTo(numbers(split.validation()));
    assertThat(numbers(all.split(20, Key.of(8)).validation()))
        .isNotEqualTo(numbers(split.validation()));
  }

  @Test
  void splitLeavesSomethingToLearnFrom() {
    Images all = Sample.numbered(5, 1, 1);
    assertThat(all.split(0, KEY).train().count()).isEqualTo(5);
    assertThatThrownBy(() -> all.split(5, KEY))
        .isInstanceOf(DataException.class)
        .hasMessage("cannot hold out 5 of 5 images for validation; expected 0 ... 4");
    assertThatThrownBy(() -> all.split(-1, KEY)).isInstanceOf(DataException.class);
  }

  @Test
  void selectionsOfSelectionsKeepPixelsAndLabelsTogether() {
    Images chosen = Sample.numbered(30, 1, 2).select(20, 21, 22, 3).select(3, 0, 0);
    assertThat(numbers(chosen)).containsExactly(3, 20, 20);
    assertThat(IntStream.range(0, 3).map(chosen::label)).containsExactly(3, 0, 0);
    assertThatThrownBy(() -> chosen.select(3)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void samplesAreDifferentImages() {
    Images images = Sample.numbered(50, 1, 1);
    assertThat(numbers(images.sample(50, KEY)))
        .doesNotHaveDuplicates()
        .isNotEqualTo(numbers(images));
    assertThatThrownBy(() -> images.first(51))
        .isInstanceOf(DataException.class)
        .hasMessage("expected 0 ... 50 images, asked for 51");
  }

  @Test
  void copiesToArraysAndSegments() {
    Images images = Sample.numbered(3, 1, 2);
    byte[] array = new byte[4];
    images.copyTo(2, array, 1);
    assertThat(array).containsExactly(0, 2, 2, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(4);
      images.copyTo(2, segment, 1);
      assertThat(segment.toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 2, 2, 0);
    }
  }

  @Test
  void sizesMustMatchWhateverTheirProductOverflowsTo() {
    byte[] labels = new byte[4];
    assertThatThrownBy(() -> new Images(10, 1, 2, 2, new byte[15], labels))
        .isInstanceOf(DataException.class)
        .hasMessage("4 images of 1x2x2 do not take 15 bytes of pixels");
    // 4 * 2^30 is 0 in 32 bits, and 4 * 2^31 * 2^31 is 0 in 64
    assertThatThrownBy(() -> new Images(10, 1, 1 << 15, 1 << 15, new byte[0], labels))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new Images(10, 1 << 30, 1 << 30, 4, new byte[0], labels))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new Images(10, 1, 0, 2, new byte[0], labels))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new Images(257, 1, 1, 1, new byte[4], labels))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new Images(3, 1, 1, 1, new byte[2], new byte[] {1, 3}))
        .isInstanceOf(DataException.class)
        .hasMessage("image 1 has label 3, expected 0 ... 2");
  }

  @Test
  void datasetPartsMustBeAlike() {
    Images small = Sample.numbered(2, 1, 1);
    var ten = IntStream.range(0, 10).mapToObj(Integer::toString).toList();
    assertThatThrownBy(() -> new Dataset("mine", ten, small, Sample.numbered(2, 2, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1x1x1")
        .hasMessageContaining("1x2x1");
    assertThatThrownBy(() -> new Dataset("mine", ten.subList(0, 9), small, small))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected 9 classes");
  }

  @Test
  void theDigestTellsOtherImagesAndNotWhereTheyLie() {
    byte[] pixels = {1, 2, 3, 4, 5, 6};
    byte[] labels = {0, 1, 1};
    Images images = new Images(2, 1, 1, 2, pixels, labels);
    assertThat(images.sha256())
        .isEqualTo(images.select(0, 1, 2).sha256())
        .isEqualTo(images.select(2, 1, 0).select(2, 1, 0).sha256());
    assertThat(
            List.of(
                images,
                images.select(1, 0, 2),
                images.first(2),
                new Images(2, 1, 2, 1, pixels, labels),
                new Images(3, 1, 1, 2, pixels, labels),
                new Images(2, 1, 1, 2, pixels, new byte[] {0, 1, 0}),
                new Images(2, 1, 1, 2, new byte[] {1, 2, 3, 4, 5, 7}, labels)))
        .extracting(Images::sha256)
        .doesNotHaveDuplicates();
  }
}
