package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.cli.CremaProcess.Result;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad input, as a process: it is named, with what was expected and what to do, and that is all. */
class BadInputProcessTest {
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir static Path folder;

  /**
   * What is tried, and what comes of it.
   *
   * @param said parts of what is written to standard error
   */
  private record Case(int exit, List<String> arguments, String... said) {
    @Override
    public String toString() {
      return String.join(" ", arguments);
    }
  }

  private static Case of(String command, int exit, String... said) {
    return new Case(exit, List.of(command.split(" ")), said);
  }

  @BeforeAll
  static void prepare() throws Exception {
    CremaProcess.putSample(folder);
    byte[] images = content(IMAGES);
    byte[] labels = content(LABELS);
    put("cut", IMAGES, Arrays.copyOf(images, images.length - 1));
    byte[] packed = Files.readAllBytes(folder.resolve("sample").resolve(IMAGES + ".gz"));
    packed[packed.length / 2] ^= 16;
    put("altered", IMAGES + ".gz", packed);
    put("swapped", IMAGES, labels);
    byte[] fewer = Arrays.copyOf(labels, labels.length - 1);
    fewer[7]--; // the last byte of the count
    put("fewer", LABELS, fewer);
    byte[] strange = labels.clone();
    strange[8 + 3] = 77;
    put("strange", LABELS, strange);
    Files.writeString(folder.resolve("strange/classes.txt"), "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    put("incomplete", LABELS, labels);
    Files.delete(folder.resolve("incomplete").resolve(LABELS));

    Files.writeString(folder.resolve("net.yaml"), "data: sample\nnet: lenett\n");
    Files.writeString(folder.resolve("data.yaml"), "data: fashion-mnits\nnet: lenet\n");
    Files.writeString(
        folder.resolve("types.yaml"),
        """
        data: {name: sample, batch: many}
        net: [flatten, dense: ten, conv2d: {filters: 3, kernal: 5}]
        optimizer: {adm: {lr: 0.1}}
        epochs: 1.5
        """);
    Files.writeString(
        folder.resolve("feed.yaml"), "data: {name: sample, resize: 100000}\nnet: alexnet\n");
    Files.writeString(
        folder.resolve("shift.yaml"), "data: {name: sample, augment: {shift: 28}}\nnet: lenet\n");
    Files.writeString(folder.resolve("shape.yaml"), "data: sample\nnet: [relu, dense: 10]\n");
    for (String units : List.of("wide.yaml 500000", "widest.yaml 5000000")) {
      String[] each = units.split(" ");
      Files.writeString(
          folder.resolve(each[0]),
          "data: sample\nnet: [flatten, dense: %s, dense: 10]\n".formatted(each[1]));
    }
    Files.writeString(folder.resolve("five.yaml"), "data: sample\nnet: [flatten, dense: 5]\n");

    crema( // with a checkpoint after each step
        "train",
        "softmax",
        "--data",
        "sample",
        "--epochs",
        "2",
        "--out",
        "run",
        "--checkpoint-seconds",
        "0");
    Path begun = Files.createDirectory(folder.resolve("begun"));
    Files.copy(folder.resolve("run/experiment.yaml"), begun.resolve("experiment.yaml"));
    Path changed = Files.createDirectory(folder.resolve("changed"));
    Files.copy(folder.resolve("run/experiment.yaml"), changed.resolve("experiment.yaml"));
    String note = Files.readString(folder.resolve("run/data.json"));
    Files.writeString(
        changed.resolve("data.json"), note.replaceFirst("\"[0-9a-f]{64}\"", "\"ff\""));
    Path damaged = Files.createDirectories(folder.resolve("damaged/checkpoints"));
    Files.copy(folder.resolve("run/experiment.yaml"), folder.resolve("damaged/experiment.yaml"));
    for (int step = 1; step <= 2; step++) {
      String name = "checkpoint-" + step + ".safetensors";
      byte[] bytes = Files.readAllBytes(folder.resolve("run/checkpoints").resolve(name));
      bytes[bytes.length - 9] ^= 1;
      Files.write(damaged.resolve(name), bytes);
    }
    Path garbled = Files.createDirectory(folder.resolve("garbled"));
    Files.copy(folder.resolve("run/experiment.yaml"), garbled.resolve("experiment.yaml"));
    Files.writeString(garbled.resolve("results.json"), "{\"epochs\": 2,\n oops");
    Files.createFile(folder.resolve("empty.png"));
    Files.write(folder.resolve("huge.png"), hugePng());
  }

  private static byte[] content(String name) throws IOException {
    Path file = folder.resolve("sample").resolve(name + ".gz");
    try (var in = new GZIPInputStream(Files.newInputStream(file))) {
      return in.readAllBytes();
    }
  }

  /** Copies the sample with one file replaced. */
  private static void put(String name, String replaced, byte[] bytes) throws IOException {
    Path target = Files.createDirectory(folder.resolve(name));
    try (var files = Files.newDirectoryStream(folder.resolve("sample"))) {
      for (Path file : files) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    Files.delete(target.resolve(replaced.replace(".gz", "") + ".gz"));
    Files.write(target.resolve(replaced), bytes);
  }

  /** A whole PNG but for its pixels: 60,000 x 60,000 of 4 x 16 bits, 27 GiB. */
  private static byte[] hugePng() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeLong(0x89504e470d0a1a0aL);
    var header = new ByteArrayOutputStream();
    var fields = new DataOutputStream(header);
    fields.writeBytes("IHDR");
    fields.writeInt(60_000);
    fields.writeInt(60_000);
    fields.write(new byte[] {16, 6, 0, 0, 0});
    for (byte[] chunk : List.of(header.toByteArray(), "IDAT".getBytes(), "IEND".getBytes())) {
      out.writeInt(chunk.length - 4);
      out.write(chunk);
      CRC32 crc = new CRC32();
      crc.update(chunk);
      out.writeInt((int) crc.getValue());
    }
    return bytes.toByteArray();
  }

  private static Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).run(arguments);
  }

  static Stream<Case> cases() {
    String labels = "/" + LABELS;
    return Stream.of(
        of("train mlp --data cut", 3, "cut/" + IMAGES + ", byte 16: expected 156800 bytes of"),
        of("train mlp --data altered", 3, "altered/" + IMAGES + ".gz, byte "),
        of(
            "train mlp --data swapped",
            3,
            "swapped/" + IMAGES + ", byte 0: ",
            "0x00000801 (IDX lab"),
        of("train mlp --data fewer", 3, "fewer" + labels + ", byte 4: ", "200 labels", "got 199"),
        of("train mlp --data strange", 3, "strange" + labels + ", byte 11: ", "0 ... 9, got 77"),
        of("train mlp --data incomplete", 3, "incomplete: expected the file " + LABELS),
        of("train mlp --data fashion-mnits", 2, "did you mean fashion-mnist?"),
        of("train mlp --data sample --threads 0", 2, "--threads: expected a number from 1 on"),
        of("train mlp --data sample --checkpoint-seconds -1", 2, "--checkpoint-seconds: expected"),
        of("train none.yaml", 2, "none.yaml: there is no such file"),
        of("train net.yaml", 3, "net.yaml:2:6: unknown network `lenett`; did you mean `lenet`?"),
        of("train data.yaml", 3, "data.yaml: `data`: fashion-mnits", "did you mean fashion-mnist?"),
        of(
            "train types.yaml",
            3,
            "types.yaml:1:29: `data.batch`: expected a whole number, got `many`",
            "types.yaml:2:23: `net[1].dense`: expected a whole number, got `ten`",
            "types.yaml:2:49: unknown key `kernal` in `net[2].conv2d`; did you mean `kernel`?",
            "types.yaml:3:13: unknown optimizer `adm`; did you mean `adam`?",
            "types.yaml:4:9: `epochs`: expected a whole number, got `1.5`"),
        of("train shape.yaml", 3, "shape.yaml: layer 1: Dense", "place Flatten before it"),
        of("train five.yaml", 3, "five.yaml: ", "[10]", "got [5]", "dense: 10"),
        of(
            "summary alexnet --size 28",
            3,
            "alexnet: layer 5: MaxPool2d(kernel=3, stride=2) expects height and width of at least 3",
            "got [256, 2, 2]; use a smaller kernel, more padding or larger images",
            "alexnet: it got images of 28 x 28, and takes those of 96 x 96: resize them"),
        of("train nin --data sample --resize none", 3, "nin: layer 3: MaxPool2d", "resize them"),
        of("train nin --data sample --resize big", 2, "--resize: expected a size in pixels, such"),
        of("train nin --data sample --limit 0", 2, "limit must be 1 or more, got 0"),
        of(
            "train feed.yaml",
            3,
            "feed.yaml:1:30: `data.resize`: expected a height and width of 1 to 4096 pixels, got",
            "100000 x 100000; none leaves the images as they are"),
        of(
            "train shift.yaml",
            3,
            "shift.yaml: `data`: expected a shift of less than 28 pixels for images of 28 x 28"),
        of(
            "summary resnet18 --size 0",
            2,
            "--size: expected a height and width of 1 to 4096 pixels, got 0 x 0"),
        of("train mlp --data sample --batch 100000000", 3, "100,000,000 images", "smaller batch"),
        of("train mlp --data sample --batch 900000", 3, "batches of 900,000 images needs ", " MB"),
        of("train wide.yaml", 3, "batches of 64 images needs ", "smaller batch or network"),
        of("train widest.yaml", 3, "widest.yaml: layer 1: ", "more numbers than an array can hold"),
        of("eval sample", 3, "sample: expected the directory of a run, but it has no experiment"),
        of("resume nowhere", 3, "nowhere: expected the directory of a run, but there is none"),
        of("eval begun", 3, "begun: expected weights", "continue it with: crema resume begun"),
        of(
            "resume changed",
            3,
            "changed: the training data in ",
            "/sample changed since the run began: ",
            "expected 200 images of 1x28x28 in 10 classes with SHA-256 ff, got 200 images",
            "bring the old files back, or train anew"),
        of("resume damaged", 5, "damaged/checkpoints: no checkpoint is whole", "-1.safetensors: "),
        of("resume garbled", 5, "garbled/results.json: ", "line 2", "delete that file, and `crema"),
        of("train mlp --data sample --out garbled", 3, "garbled: holds a run already; continue"),
        of("train mlp --data sample --out sample", 3, "sample: expected an empty directory"),
        of("train mlp --data sample --out empty.png/run", 5, "empty.png/run: cannot be made: "),
        of("predict run empty.png", 3, "empty.png is no PNG or JPEG image"),
        of("predict run types.yaml", 3, "types.yaml is no PNG or JPEG image"),
        of("predict run none.png", 3, "none.png: there is no such file"),
        of("predict run huge.png", 3, "huge.png: expected at most ", "got 60000 x 60000; make it"),
        of("predict run huge.png --top 0", 2, "--top: expected a number from 1 on, got 0"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isNamedAndThatIsAll(Case given) throws Exception {
    String[] arguments =
        Stream.concat(given.arguments.stream(), Stream.of("--json")).toArray(String[]::new);
    // starting quickly, and with less memory than what is refused would take
    CremaProcess process = new CremaProcess(folder).jvm("-Xmx256m");
    if (!arguments[0].equals("predict")) { // which would warn that its network is slow
      process.jvm("-XX:TieredStopAtLevel=1");
    }
    Result result = process.run(arguments);
    assertThat(result.err()).startsWith("crema: ").contains(given.said).doesNotContain("\tat ");
    assertThat(result.exit()).as(result.err()).isEqualTo(given.exit);
    assertThat(result.out()).isEmpty();
    assertThat(folder.resolve("runs")).as("a run for nothing").doesNotExist();
  }
}
