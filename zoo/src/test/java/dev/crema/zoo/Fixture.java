package dev.crema.zoo;

import dev.crema.nn.Shape;
import dev.crema.train.Safetensors;
import dev.crema.train.Tensor;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * What PyTorch computed for one network; made by make_fixtures.py beside the files, which has the
 * formulas below too.
 *
 * @param tensors the numbers and digests
 * @param parameters how many numbers the network learns
 * @param images how many images it saw
 * @param noise the name that their pixels are hashed from
 * @param input the shape of one
 */
record Fixture(
    Map<String, Tensor> tensors, long parameters, int images, String noise, Shape input) {
  private static final int SAMPLE = 256;

  static Fixture of(String name) {
    URL file = Fixture.class.getResource(name + ".safetensors");
    if (file == null) {
      throw new AssertionError(
          "no fixture for `" + name + "`: add the network to make_fixtures.py and run it");
    }
    Safetensors.Contents contents = Safetensors.read(Path.of(URI.create(file.toString())));
    Map<String, String> notes = contents.metadata();
    List<Integer> input =
        Stream.of(notes.getOrDefault("input", "").split("\\D+"))
            .filter(digits -> !digits.isEmpty())
            .map(Integer::valueOf)
            .toList();
    return new Fixture(
        contents.tensors(),
        Long.parseLong(notes.getOrDefault("parameters", "")),
        Integer.parseInt(notes.getOrDefault("images", "")),
        notes.getOrDefault("pixels", ""),
        new Shape(input));
  }

  /** The numbers of this name. */
  double[] get(String name) {
    return doubles(((Tensor.Floats) Objects.requireNonNull(tensors.get(name), name)).values());
  }

  /** Whether the optimiser took steps. */
  boolean hasSteps() {
    return has("outputs after");
  }

  /** Whether there are numbers of this name. */
  boolean has(String name) {
    return tensors.containsKey(name);
  }

  /** What is stored of a parameter's gradient or change. */
  Digest digest(String kind, String path) {
    double[] values = get(kind + path);
    return new Digest(values[0], values[1], Arrays.copyOfRange(values, 2, values.length));
  }

  /** The digests of a weight and the bias beside it. */
  List<Digest> layerDigests(String kind, String path) {
    String layer = path.substring(0, path.lastIndexOf('.') + 1);
    return Stream.of("weight", "bias")
        .map(layer::concat)
        .filter(sibling -> has(kind + sibling))
        .map(sibling -> digest(kind, sibling))
        .toList();
  }

  static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  /** 32 random bits: murmur3's finaliser of the place and the name's checksum. */
  private static int bits(String name, int place) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return finalise(place * 0x9E3779B9 + (int) crc.getValue());
  }

  private static int finalise(int h) {
    h = (h ^ (h >>> 16)) * 0x85ebca6b;
    h = (h ^ (h >>> 13)) * 0xc2b2ae35;
    return h ^ (h >>> 16);
  }

  /** A number in [-1, 1). */
  private static float uniform(String name, int place) {
    return (bits(name, place) >>> 8) * 0x1p-23f - 1;
  }

  private static int below(int bound, String name, int place) {
    return Integer.remainderUnsigned(bits(name, place), bound);
  }

  /** The first values of a parameter or running statistic. */
  static float[] firstValues(String path, List<Integer> shape) {
    int size = shape.stream().reduce(1, Math::multiplyExact);
    float range = shape.size() > 1 ? (float) Math.sqrt(6.0 / (size / shape.getFirst())) : 0;
    boolean scales = path.endsWith("weight") || path.endsWith("running_var");
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      float u = uniform(path, i);
      values[i] = shape.size() > 1 ? u * range : scales ? 1 + u / 2 : u / 8;
    }
    return values;
  }

  /** All images' pixels: noise, half of it black. */
  byte[] pixels() {
    byte[] pixels = new byte[images * input.size()];
    for (int i = 0; i < pixels.length; i++) {
      int bits = bits(noise, i);
      pixels[i] = (bits & 1) == 1 ? (byte) (bits >>> 24) : 0;
    }
    return pixels;
  }

  /** The image's classes. */
  int[] labels(int classes) {
    int[] labels = new int[images];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = below(classes, "labels", i);
    }
    return labels;
  }

  /**
   * What is stored of a tensor.
   *
   * @param norm the Euclidean norm
   * @param probe the product with a random vector, in which every entry has a part
   * @param sample all entries, or some of them
   */
  record Digest(double norm, double probe, double[] sample) {
    static Digest of(String path, double[] values) {
      double squares = 0;
      double probe = 0;
      for (int i = 0; i < values.length; i++) {
        squares += values[i] * values[i];
        probe += values[i] * uniform("probe of " + path, i);
      }
      double[] sample = values;
      if (values.length > SAMPLE) {
        sample = new double[SAMPLE];
        Arrays.setAll(sample, i -> values[below(values.length, "sample of " + path, i)]);
      }
      return new Digest(Math.sqrt(squares), probe, sample);
    }
  }
}
