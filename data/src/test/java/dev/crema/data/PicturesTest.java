package dev.crema.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link ImageFile} and {@link Grid}. */
class PicturesTest {
  @TempDir Path folder;

  private Path save(BufferedImage image, String format) throws IOException {
    Path file = folder.resolve("picture." + format);
    assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
    return file;
  }

  private static BufferedImage rgb(int width, int height, int... colours) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, colours, 0, width);
    return image;
  }

  @Test
  void greyComesAsItIs() throws IOException {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setDataElements(0, 0, 3, 1, new byte[] {0, (byte) 128, -1});
    Path file = save(image, "png");
    assertThat(ImageFile.read(file, 1, 1, 3, false)).containsExactly(0, 128, 255);
    assertThat(ImageFile.read(file, 1, 1, 3, true)).containsExactly(255, 127, 0);
    assertThat(ImageFile.read(file, 3, 1, 3, false))
        .containsExactly(0, 128, 255, 0, 128, 255, 0, 128, 255);
  }

  @Test
  void sixteenBitGreyAndBlackAndWhite() throws IOException {
    BufferedImage deep = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setDataElements(0, 0, 2, 1, new short[] {(short) (200 * 257), (short) 0xffff});
    assertThat(ImageFile.read(save(deep, "png"), 1, 1, 2, false)).containsExactly(200, 255);
    BufferedImage binary = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
    binary.setRGB(1, 0, 0xffffff);
    assertThat(ImageFile.read(save(binary, "png"), 1, 1, 2, false)).containsExactly(0, 255);
  }

  @Test
  void colourBecomesLuma() throws IOException {
    Path file = save(rgb(4, 1, 0xff0000, 0x00ff00, 0x0000ff, 0xffffff), "png");
    // 255 times 0.299, 0.587, 0.114
    assertThat(ImageFile.read(file, 1, 1, 4, false)).containsExactly(76, 150, 29, 255);
    assertThat(ImageFile.read(file, 3, 1, 4, false))
        .containsExactly(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255);
  }

  @Test
  void whatIsTransparentShowsWhite() throws IOException {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 3, 1, new int[] {0x00000000, 0xff000000, 0x80000000}, 0, 3);
    // half of black over white: 255 * 127 / 255
    assertThat(ImageFile.read(save(image, "png"), 1, 1, 3, false)).containsExactly(255, 0, 127);
  }

  @Test
  void jpegIsReadToo() throws IOException {
    BufferedImage image = new BufferedImage(32, 16, BufferedImage.TYPE_INT_RGB);
    var graphics = image.createGraphics();
    graphics.setColor(new Color(200, 200, 200));
    graphics.fillRect(0, 0, 32, 16);
    graphics.dispose();
    for (byte pixel : ImageFile.read(save(image, "jpg"), 1, 8, 8, false)) {
      assertThat(pixel & 0xff).isBetween(197, 203);
    }
  }

  @Test
  void shrinksByTheMeanOfTheCoveredArea() throws IOException {
    // a 6 x 3 picture to 2 x 1: two fields of 9 pixels, one of them white in the left field
    int[] colours = new int[18];
    colours[7] = 0xffffff;
    assertThat(ImageFile.read(save(rgb(6, 3, colours), "png"), 1, 1, 2, false))
        .containsExactly(28, 0); // 255 / 9 = 28.3
    // 5 to 2: each covers two and a half, so the middle one counts half in both
    Path five = save(rgb(5, 1, 0, 0, 0xffffff, 0, 0xffffff), "png");
    assertThat(ImageFile.read(five, 1, 1, 2, false)).containsExactly(51, 153); // 0.2 and 0.6
  }

  @Test
  void keepsTheWholePictureWhenItEnlarges() throws IOException {
    Path file = save(rgb(2, 1, 0, 0x646464), "png");
    assertThat(ImageFile.read(file, 1, 1, 4, false)).containsExactly(0, 25, 75, 100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no image at all", "\u0089PNG"})
  void namesAFileThatIsNoImage(String content) throws IOException {
    Path file = Files.writeString(folder.resolve("note.png"), content);
    assertThatThrownBy(() -> ImageFile.read(file, 1, 28, 28, false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(file + " is no PNG or JPEG image");
  }

  @Test
  void namesWhatIsMissingOrOfAnotherKind() throws IOException {
    assertThatThrownBy(() -> ImageFile.read(folder.resolve("gone.png"), 1, 28, 28, false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(folder.resolve("gone.png") + ": there is no such file");
    Path gif = save(rgb(2, 2, 0, 0, 0, 0), "gif");
    assertThatThrownBy(() -> ImageFile.read(gif, 1, 28, 28, false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is no PNG or JPEG image, but gif");
    assertThatThrownBy(() -> ImageFile.read(folder, 1, 28, 28, false))
        .isInstanceOf(DataException.class);
  }

  /** The eight ways to hold a camera: each stored so that it shows the same. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void photographsComeUpright(int orientation) throws IOException {
    // Four fields of 16 x 16 show 40 and 120 above 200 and 240.
    int[][] seen = {{40, 120}, {200, 240}};
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_GRAY);
    for (int row = 0; row < 2; row++) {
      for (int column = 0; column < 2; column++) {
        int r = row;
        int c = column;
        // Where EXIF says that the first row and column of the stored picture are (CIPA DC-008).
        int value =
            switch (orientation) {
              case 1 -> seen[r][c];
              case 2 -> seen[r][1 - c];
              case 3 -> seen[1 - r][1 - c];
              case 4 -> seen[1 - r][c];
              case 5 -> seen[c][r];
              case 6 -> seen[c][1 - r];
              case 7 -> seen[1 - c][1 - r];
              default -> seen[1 - c][r];
            };
        for (int y = 0; y < 16; y++) {
          for (int x = 0; x < 16; x++) {
            image.getRaster().setSample(16 * c + x, 16 * r + y, 0, value);
          }
        }
      }
    }
    Path file = withOrientation(save(image, "jpg"), orientation);
    byte[] read = ImageFile.read(file, 1, 2, 2, false);
    int[] expected = {40, 120, 200, 240};
    for (int i = 0; i < 4; i++) {
      assertThat(read[i] & 0xff).as("field %d", i).isCloseTo(expected[i], within(2));
    }
  }

  /** Puts an EXIF segment behind the first two bytes of a JPEG file. */
  private static Path withOrientation(Path jpeg, int orientation) throws IOException {
    byte[] plain = Files.readAllBytes(jpeg);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(plain, 0, 2);
    byte[] exif = {
      (byte) 0xff,
      (byte) 0xe1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0, // marker, length, identifier
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8, // big-endian TIFF, its directory at 8
      0,
      1,
      0x01,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      (byte) orientation,
      0,
      0,
      0,
      0,
      0,
      0 // one entry
    };
    out.writeBytes(exif);
    out.write(plain, 2, plain.length - 2);
    return Files.write(jpeg, out.toByteArray());
  }

  @Test
  void damagedExifLeavesThePictureAsItIs() throws IOException {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
    Path file = withOrientation(save(image, "jpg"), 6);
    byte[] bytes = Files.readAllBytes(file);
    for (int at = 2 + 10; at < 2 + 10 + 26; at++) {
      for (int value : new int[] {0, 1, 0x7f, 0xff}) {
        byte[] damaged = bytes.clone();
        damaged[at] = (byte) value;
        Files.write(file, damaged);
        assertThat(ImageFile.read(file, 1, 1, 1, false)).hasSize(1);
      }
    }
  }

  /** Four inks, as Adobe stores them inverted: colors as an independent decoder has them. */
  @Test
  void inksOfPrintBecomeColors() throws IOException {
    BufferedImage colors = ImageIO.read(resource("cmyk-as-rgb.png").toFile());
    byte[] read = ImageFile.read(resource("cmyk.jpg"), 3, 4, 4, false);
    int plane = 4 * 4;
    for (int i = 0; i < plane; i++) {
      int rgb = colors.getRGB(i % 4, i / 4);
      assertThat(read[i] & 0xff).as("red of %d", i).isCloseTo(rgb >> 16 & 0xff, within(3));
      assertThat(read[plane + i] & 0xff).as("green").isCloseTo(rgb >> 8 & 0xff, within(3));
      assertThat(read[2 * plane + i] & 0xff).as("blue").isCloseTo(rgb & 0xff, within(3));
    }
  }

  private static Path resource(String name) {
    return Path.of("src/test/resources/pictures", name);
  }

  /** The decoder would show grey from there on. */
  @Test
  void aCutJpegIsADataExceptionAtEveryLength() throws IOException {
    BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 1600; i++) {
      image.getRaster().setSample(i % 40, i / 40, 0, i * 37 % 256);
    }
    assertThatEachCutIsRefused(save(image, "jpg"), 0);
  }

  /** Cuts a file to every length that leaves out more than so many bytes of its end. */
  private static void assertThatEachCutIsRefused(Path file, int end) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length - end; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> ImageFile.read(file, 1, 28, 28, false))
          .as("cut to %d of %d bytes", length, whole.length)
          .isInstanceOf(DataException.class)
          .hasMessageContaining(file.toString())
          .hasMessageNotContaining("Exception");
    }
  }

  @Test
  void aCutPngIsADataExceptionAtEveryLength() throws IOException {
    // the last 12 bytes are the end mark, without which the picture is there
    assertThatEachCutIsRefused(save(rgb(3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9), "png"), 12);
  }

  @Test
  void aPngWithAWrongChecksumIsADataException() throws IOException {
    Path file = save(rgb(3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9), "png");
    byte[] whole = Files.readAllBytes(file);
    for (int at = 8; at < whole.length - 12; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      assertThatThrownBy(() -> ImageFile.read(file, 1, 28, 28, false))
          .as("byte %d", at)
          .isInstanceOf(DataException.class)
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void aHugePictureIsRefusedBeforeItIsDecoded() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    chunk(bytes, "IHDR", new byte[] {0, 0, (byte) 0xff, -1, 0, 0, (byte) 0xff, -1, 8, 0, 0, 0, 0});
    chunk(bytes, "IDAT", new byte[0]);
    chunk(bytes, "IEND", new byte[0]);
    Path file = Files.write(folder.resolve("bomb.png"), bytes.toByteArray());
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () ->
            assertThatThrownBy(() -> ImageFile.read(file, 1, 28, 28, false))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("expected at most 67108864 pixels, got 65535 x 65535"));
  }

  private static void chunk(ByteArrayOutputStream out, String name, byte[] body)
      throws IOException {
    var data = new DataOutputStream(out);
    CRC32 crc = new CRC32();
    crc.update(name.getBytes());
    crc.update(body);
    data.writeInt(body.length);
    data.writeBytes(name);
    data.write(body);
    data.writeInt((int) crc.getValue());
  }

  @Test
  void aGridShowsEachImageTwiceAsLargeInItsPlace() throws IOException {
    Path png = folder.resolve("new/grid.png");
    Images images = Sample.train().first(100);
    Grid.write(images, 10, png);
    BufferedImage grid = ImageIO.read(png.toFile());
    assertThat(grid.getWidth()).isEqualTo(4 + 10 * (56 + 4));
    assertThat(grid.getHeight()).isEqualTo(grid.getWidth());
    for (int image : new int[] {0, 9, 10, 57, 99}) {
      byte[] pixels = images.image(image);
      for (int y = 0; y < 28; y++) {
        for (int x = 0; x < 28; x++) {
          int rgb = grid.getRGB(4 + image % 10 * 60 + 2 * x + 1, 4 + image / 10 * 60 + 2 * y);
          int grey = pixels[y * 28 + x] & 0xff;
          assertThat(rgb & 0xffffff).isEqualTo(grey * 0x10101);
        }
      }
    }
  }

  @Test
  void aGridThatCannotBeDrawnOrWrittenSaysWhy() throws IOException {
    Images images = Sample.train();
    assertThatThrownBy(() -> Grid.write(images.first(0), 10, folder.resolve("a.png")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Grid.write(images, 1 << 21, folder.resolve("a.png")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too large");
    Path inFile = Files.createFile(folder.resolve("file")).resolve("a.png");
    assertThatThrownBy(() -> Grid.write(images, 20, inFile))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(inFile + ": cannot be written");
  }
}
