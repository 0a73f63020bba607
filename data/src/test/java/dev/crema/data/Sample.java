package dev.crema.data;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The small real dataset, and IDX files made by hand. */
final class Sample {
  static final Path FOLDER = Path.of("src/test/resources/fashion-sample");

  private Sample() {}

  static Images train() {
    return Datasets.load(FOLDER.toString()).train();
  }

  /**
   * Images that show their own number: all pixels of image i are i (mod 251), and its label i % 10.
   */
  static Images numbered(int count, int height, int width) {
    byte[] pixels = new byte[count * height * width];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      Arrays.fill(pixels, i * height * width, (i + 1) * height * width, (byte) (i % 251));
      labels[i] = (byte) (i % 10);
    }
    return new Images(10, 1, height, width, pixels, labels);
  }

  static byte[] idx(int magic, int[] sizes, byte... body) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * sizes.length + body.length).putInt(magic);
    for (int size : sizes) {
      bytes.putInt(size);
    }
    return bytes.put(body).array();
  }

  static byte[] zip(byte[] bytes) {
    try {
      var out = new ByteArrayOutputStream();
      try (var gzip = new GZIPOutputStream(out)) {
        gzip.write(bytes);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] unzip(Path file) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      return in.readAllBytes();
    }
  }
}
