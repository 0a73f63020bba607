package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.train.Safetensors.Contents;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  private static final Tensor WEIGHT =
      Tensor.of(new float[] {0.5f, -1.25f, 3, 1e-30f, 0, -0f}, 2, 3);
  private static final Tensor COUNT = new Tensor.Longs(List.of(), new long[] {1L << 40});
  private static final Tensor IMAGE =
      new Tensor.Bytes(List.of(2, 2), new byte[] {0, 127, -128, -1});

  @TempDir private Path folder;

  @Test
  void readsWhatTheFormatsOwnLibraryWrote() throws URISyntaxException {
    Path reference = Path.of(SafetensorsTest.class.getResource("reference.safetensors").toURI());
    Contents contents = Safetensors.read(reference);
    assertThat(contents.tensors())
        .containsOnly(
            Map.entry("0.weight", WEIGHT),
            Map.entry("0.bias", Tensor.of(new float[] {1.5f}, 1)),
            Map.entry("1.num_batches_tracked", COUNT),
            Map.entry("image", IMAGE),
            Map.entry("nothing", Tensor.of(new float[0], 0, 3)));
    assertThat(contents.metadata()).isEqualTo(Map.of("made_by", "reference.py", "größe", "klein"));
    assertThat(contents.checked()).isFalse();
  }

  @Test
  void readsBackEveryBitInOrder() {
    Contents contents = Safetensors.read(written());
    assertThat(contents.tensors()).containsExactlyEntriesOf(tensors());
    assertThat(contents.metadata()).containsExactly(Map.entry("note", "\"é\" \n {}"));
    assertThat(contents.checked()).isTrue();
  }

  @Test
  void readsBackTensorsLongerThanItsBuffer() {
    float[] values = new float[100_003];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.1f;
    }
    Tensor tensor = Tensor.of(values, values.length);
    Path file = folder.resolve("long.safetensors");
    Safetensors.write(file, Map.of("long", tensor), Map.of());
    assertThat(Safetensors.read(file).tensors()).containsOnly(Map.entry("long", tensor));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17, 5000, 20_000})
  void writesNumbersThatLieElsewhereAsThoseInAnArray(int row) {
    float[] values = new float[33 * row];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.1f;
    }
    Tensor.Live live =
        new Tensor.Live(
            List.of(33, row),
            (from, count, into) -> System.arraycopy(values, from * row, into, 0, count * row));
    Tensor number = new Tensor.Live(List.of(), (_, _, into) -> into[0] = 7);
    Path file = folder.resolve("live.safetensors");
    Safetensors.write(file, Map.of("live", live, "number", number), Map.of());
    assertThat(Safetensors.read(file).tensors())
        .containsOnly(
            Map.entry("live", Tensor.of(values, 33, row)),
            Map.entry("number", Tensor.of(new float[] {7})));
    assertThat(live.isFinite()).isTrue();
    values[values.length - 1] = Float.NaN;
    assertThat(live.isFinite()).as("read anew").isFalse();
  }

  @Test
  void alignsTheWidestNumbersForOtherReaders() throws IOException {
    byte[] bytes = Files.readAllBytes(written());
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(header % 8).isZero();
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong((int) header + 8))
        .isEqualTo(1L << 40);
  }

  @Test
  void writesTheFormatsBytes() throws IOException {
    Path file = folder.resolve("bytes.safetensors");
    Safetensors.write(file, Map.of("0.bias", Tensor.of(new float[] {1, -2}, 2)), Map.of());
    byte[] bytes = Files.readAllBytes(file);
    String header =
        "{'__metadata__':{'crc32c':'........'},'0.bias':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"
            .replace('\'', '"');
    int padded = (header.length() + 7) / 8 * 8;
    assertThat(bytes).hasSize(8 + padded + 8);
    assertThat(Arrays.copyOf(bytes, 8)).containsExactly(padded, 0, 0, 0, 0, 0, 0, 0);
    assertThat(
            new String(bytes, 8, padded, StandardCharsets.UTF_8)
                .replaceAll("[0-9a-f]{8}", "........"))
        .isEqualTo(header + " ".repeat(padded - header.length()));
    assertThat(Arrays.copyOfRange(bytes, 8 + padded, bytes.length))
        .containsExactly(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0);
  }

  @Test
  void everyAlteredByteIsNoticed() throws IOException {
    Path file = written();
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i++) {
      for (int mask : new int[] {1, 0x20, 0x80, 0xff}) {
        byte[] altered = whole.clone();
        altered[i] ^= (byte) mask;
        Files.write(file, altered);
        assertThat(trusted(file)).as("byte %d ^ %x", i, mask).isFalse();
      }
    }
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    Path file = written();
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Safetensors.read(file))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(file + ": ");
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertThatThrownBy(() -> Safetensors.read(file)).hasMessageContaining("bytes of data");
  }

  /** Not damaged, but no longer trusted either: a checkpoint insists on the checksum. */
  private static boolean trusted(Path file) {
    try {
      return Safetensors.read(file).checked();
    } catch (CheckpointException e) {
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []                                                              | to begin with {
          {"a":1}                                                         | expected dtype, shape and data_offsets
          {"a":{"dtype":"F32","shape":[1]}}                               | expected dtype, shape and data_offsets
          {"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}          | numbers of type F16 are not read
          {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}         | 0 or more, got -1
          {"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}        | 0 or more, got 1.0
          {"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}        | 0 or more, got 1
          {"a":{"dtype":"F32","shape":[null],"data_offsets":[0,4]}}       | 0 or more, got null
          {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}} | at most 2147483639
          {"a":{"dtype":"U8","shape":[65536,65536],"data_offsets":[0,4]}} | at most 2147483639
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}        | two data_offsets
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}          | at offset 0, got 4
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}          | expected 4 bytes
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}          | expected 8 bytes for F32[2], got [0, 4]
          {"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}           | expected 3 bytes of data, got 4
          {"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}} | at offset 3, got 2
          {"a":{"dtype":"U8","shape":[4],"data_offsets":[9223372036854775803,9223372036854775807]}} | expected 4 bytes
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} {}       | expected JSON
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}           | expected JSON
          {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}} | expected JSON
          {"__metadata__":{"a":1}}                                        | expected a string for `a`
          {"__metadata__":[]}                                             | expected an object
          """)
  void namesTheFileAndThePlaceOfWhatIsWrong(String header, String problem) throws IOException {
    Path file = folder.resolve("bad.safetensors");
    byte[] json = header.strip().getBytes(StandardCharsets.UTF_8);
    Files.write(
        file,
        ByteBuffer.allocate(8 + json.length + 4)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array());
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 1, 1L << 40, Long.MIN_VALUE, Long.MAX_VALUE})
  void refusesAnAbsurdHeaderBeforeMakingRoomForIt(long length) throws IOException {
    Path file = folder.resolve("bad.safetensors");
    Files.write(
        file, ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
    assertThatThrownBy(() -> Safetensors.read(file)).hasMessageContaining("expected a header of");
  }

  @Test
  void refusesAHugeHeaderEvenWhereTheFileIsAsHuge() throws IOException {
    Path file = folder.resolve("sparse.safetensors");
    Files.write(
        file, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_000).array());
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 30);
    }
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected a header of 2 to 16777216 bytes, got 100000000");
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void refusesWhatIsNoFile() throws Exception {
    Path pipe = folder.resolve("pipe.safetensors");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Path path : List.of(pipe, folder)) {
      assertThatThrownBy(() -> Safetensors.read(path))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(path + ": cannot be read: it is a");
    }
  }

  @Test
  void namesAMissingFile() {
    Path file = folder.resolve("none.safetensors");
    assertThatThrownBy(() -> Safetensors.read(file)).hasMessage(file + ": no such file");
  }

  private Path written() {
    Path file = folder.resolve("some.safetensors");
    Safetensors.write(file, tensors(), Map.of("note", "\"é\" \n {}"));
    return file;
  }

  private static Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("image", IMAGE);
    tensors.put("0.weight", WEIGHT);
    tensors.put("1.num_batches_tracked", COUNT);
    tensors.put("nothing", Tensor.of(new float[0], 3, 0));
    return tensors;
  }
}
