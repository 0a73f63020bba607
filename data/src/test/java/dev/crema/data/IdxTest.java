package dev.crema.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdxTest {
  private static final int[] TWO_OF_2X3 = {2, 2, 3};
  private static final byte[] IMAGES =
      Sample.idx(0x803, TWO_OF_2X3, new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, (byte) 200, -1});
  private static final byte[] LABELS = Sample.idx(0x801, new int[] {2}, new byte[] {1, 0});

  @TempDir Path folder;

  private Images read(byte[] images, byte[] labels) throws IOException {
    return Idx.read(
        Files.write(folder.resolve("images"), images),
        Files.write(folder.resolve("labels"), labels),
        2);
  }

  private AbstractThrowableAssert<?, ?> assertFault(byte[] images, byte[] labels) {
    return assertThatThrownBy(() -> read(images, labels)).isInstanceOf(DataException.class);
  }

  /** Each pixel's colors next to each other, as NumPy and TensorFlow have them. */
  @Test
  void takesChannelsLastApart() throws IOException {
    // Two images of 5 x 1 pixels in three colors: reds 1 ... 5, greens 11 ... 15, blues 21 ... 25.
    byte[] last = new byte[30];
    byte[] first = new byte[30];
    for (int image = 0; image < 2; image++) {
      for (int pixel = 0; pixel < 5; pixel++) {
        for (int color = 0; color < 3; color++) {
          byte value = (byte) (100 * image + 10 * color + pixel + 1);
          last[15 * image + 3 * pixel + color] = value;
          first[15 * image + 5 * color + pixel] = value;
        }
      }
    }
    Images images = read(Sample.idx(0x804, new int[] {2, 5, 1, 3}, last), LABELS);
    assertThat(images).hasToString("2 images of 3x5x1 in 2 classes");
    assertThat(images.image(0)).isEqualTo(Arrays.copyOf(first, 15));
    assertThat(images.image(1)).isEqualTo(Arrays.copyOfRange(first, 15, 30));
  }

  @Test
  void namesChannelsThatAreNone() {
    assertThatThrownBy(() -> read(Sample.idx(0x804, new int[] {2, 5, 1, 6}, new byte[60]), LABELS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("byte 8: expected 1 to 4 channels")
        .hasMessageContaining("got [2, 5, 1, 6]");
  }

  @Test
  void readsPlainAndCompressedAlike() throws IOException {
    for (Images read :
        new Images[] {read(IMAGES, LABELS), read(Sample.zip(IMAGES), Sample.zip(LABELS))}) {
      assertThat(read.count()).isEqualTo(2);
      assertThat(read.channels()).isEqualTo(1);
      assertThat(read.height()).isEqualTo(2);
      assertThat(read.width()).isEqualTo(3);
      assertThat(read.image(1)).containsExactly(6, 7, 8, 9, 200, 255);
      assertThat(read.label(0)).isEqualTo(1);
      assertThat(read.label(1)).isZero();
    }
  }

  @Test
  void readsColour() throws IOException {
    Images read =
        read(Sample.idx(0x804, new int[] {2, 3, 1, 1}, new byte[] {1, 2, 3, 4, 5, 6}), LABELS);
    assertThat(read.channels()).isEqualTo(3);
    assertThat(read.image(1)).containsExactly(4, 5, 6);
  }

  @ParameterizedTest
  @CsvSource({
    "0, byte 0: the file ends where 4 more bytes of the magic number",
    "1, byte 1: the file ends where 3 more bytes of the magic number",
    "3, byte 3: the file ends where 1 more bytes of the magic number",
    "4, byte 4: the file ends where 4 more bytes of the number of images",
    "7, byte 7: the file ends where 1 more bytes of the number of images",
    "8, byte 8: the file ends where 4 more bytes of the rows",
    "15, byte 15: the file ends where 1 more bytes of the columns",
    "16, 'byte 16: expected 12 bytes of content, but there can be only 0'",
    "27, 'byte 16: expected 12 bytes of content, but there can be only 11'",
  })
  void namesThePlaceWhereAPlainFileIsCut(int length, String message) {
    assertFault(Arrays.copyOf(IMAGES, length), LABELS)
        .hasMessageContaining(folder.resolve("images") + ", " + message);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 7, 8, 15, 16, 17, 27})
  void namesThePlaceWhereAWholeGzipHoldsACutFile(int length) {
    String expected = ", byte " + length + ": the file ends where";
    assertFault(Sample.zip(Arrays.copyOf(IMAGES, length)), LABELS)
        .hasMessageContaining(folder.resolve("images") + expected);
  }

  @Test
  void refusesAGzipCutAnywhere() {
    byte[] whole = Sample.zip(IMAGES);
    for (int length = 2; length < whole.length; length++) {
      assertFault(Arrays.copyOf(whole, length), LABELS)
          .as("cut to %d of %d bytes", length, whole.length)
          .hasMessageContaining(folder.resolve("images") + ", byte ")
          .hasMessageContaining("the compressed file ends too early");
    }
  }

  @Test
  void refusesAGzipWithAnyByteOfItsDataOrCheckSumChanged() {
    byte[] whole = Sample.zip(IMAGES);
    for (int at = 10; at < whole.length; at++) {
      byte[] changed = whole.clone();
      changed[at] ^= 0x10;
      assertFault(changed, LABELS)
          .as("byte %d of %d changed", at, whole.length)
          .hasMessageContaining(folder.resolve("images") + ", byte ");
    }
  }

  @Test
  void refusesBytesAfterTheEnd() {
    assertFault(Arrays.copyOf(IMAGES, 29), LABELS)
        .hasMessageContaining("images, byte 28: expected the end of the file");
    assertFault(Sample.zip(Arrays.copyOf(IMAGES, 29)), LABELS)
        .hasMessageContaining("images, byte 28: expected the end of the file");
    assertFault(IMAGES, Arrays.copyOf(LABELS, 11))
        .hasMessageContaining("labels, byte 10: expected the end of the file");
  }

  @Test
  void saysWhatAWrongFileIs() {
    assertFault(LABELS, IMAGES)
        .hasMessageContaining(
            "images, byte 0: expected the magic number 0x00000803 of IDX images, got 0x00000801 (IDX labels)");
    assertFault(IMAGES, IMAGES)
        .hasMessageContaining(
            "labels, byte 0: expected the magic number 0x00000801 of IDX labels, got 0x00000803 (IDX images)");
    assertFault(new byte[] {'P', 'N', 'G', '!', 0, 0}, LABELS)
        .hasMessageContaining("got 0x504E4721 (no IDX file of bytes)");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 28, 28, 'byte 4: expected the number of images from 1 on, got 0'",
    "-1, 28, 28, 'byte 4: expected the number of images from 1 on, got 4294967295'",
    "1, 0, 28, 'byte 8: expected the rows from 1 on, got 0'",
    "1, 28, -2147483648, 'byte 12: expected the columns from 1 on, got 2147483648'",
  })
  void refusesEmptyAndNegativeSizes(int count, int rows, int columns, String message) {
    assertFault(Sample.idx(0x803, new int[] {count, rows, columns}), LABELS)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "2147483647, 2147483647, 2147483647",
    "65536, 65536, 1",
    "1048577, 32, 32",
    "2, 2147483647, 1",
  })
  void refusesHugeSizesBeforeTakingMemory(int count, int rows, int columns) {
    byte[] huge = Sample.idx(0x803, new int[] {count, rows, columns});
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          assertFault(huge, LABELS)
              .hasMessageContaining("byte 4: expected at most 1073741824 bytes");
          assertFault(Sample.zip(huge), LABELS).hasMessageContaining("byte 4: expected at most");
        });
  }

  @Test
  void refusesMoreThanASmallGzipCanHoldBeforeTakingMemory() {
    assertFault(Sample.zip(Sample.idx(0x803, new int[] {1 << 20, 32, 32})), LABELS)
        .hasMessageContaining(
            "byte 16: expected 1073741824 bytes of content, but there can be only");
  }

  @Test
  void refusesAnotherNumberOfLabels() {
    assertFault(IMAGES, Sample.idx(0x801, new int[] {3}, new byte[3]))
        .hasMessageContaining("labels, byte 4: expected 2 labels, one for each image in")
        .hasMessageContaining("got 3");
  }

  @Test
  void namesTheLabelThatIsNoClass() {
    assertFault(IMAGES, Sample.idx(0x801, new int[] {2}, new byte[] {1, 2}))
        .hasMessageContaining("labels, byte 9: expected a label of 0 ... 1, got 2");
  }

  @Test
  void namesAFileThatIsNotThere() {
    Path nowhere = folder.resolve("nowhere");
    assertThatThrownBy(() -> Idx.read(nowhere, nowhere, 2))
        .isInstanceOf(DataException.class)
        .hasMessage(nowhere + ": there is no such file");
    assertThatThrownBy(() -> Idx.read(folder, folder, 2))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(folder + ": cannot be read");
  }

  @Test
  void anyBytesGiveImagesOrADataException() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = random.nextBoolean() ? IMAGES.clone() : Sample.zip(IMAGES);
      for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 2));
      try {
        read(bytes, LABELS);
      } catch (DataException e) {
        assertThat(e).as("seed %d, round %d", seed, round).hasMessageContaining("images");
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }
}
