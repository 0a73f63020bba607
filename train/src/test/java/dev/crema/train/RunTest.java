package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.DataException;
import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.nn.Dense;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunTest {
  private static final Net NET = new Dense(3);
  private static final Experiment EXPERIMENT =
      new Experiment(
          "one",
          NET,
          NetYaml.write(NET),
          new Feed("mnist"),
          Loss.of(NET),
          new Training(Optimizer.sgd(0.1)));

  @TempDir private Path folder;

  @Test
  void namesRunsByTimeNetAndSeed() throws IOException {
    Instant start = Instant.parse("2025-01-02T03:04:05Z");
    Path name = Run.name(folder, start, "my nets/lenet", 7);
    assertThat(name).isEqualTo(folder.resolve("20250102-030405-my_nets_lenet-7"));
    Files.createDirectory(name);
    assertThat(Run.name(folder, start, "my nets/lenet", 7))
        .isEqualTo(folder.resolve("20250102-030405-my_nets_lenet-7-2"));
  }

  @Test
  void holdsWhatWasAskedAndWhatCameOut() throws IOException {
    Run made = Run.create(folder.resolve("runs").resolve("one"), EXPERIMENT);
    Run run = Run.open(made.folder());
    assertThat(run.experiment()).hasContent(EXPERIMENT.text());
    assertThat(run.environment()).containsKeys("started", "crema", "java", "os", "lanes", "cpus");
    assertThat(run.otherVectors()).as("on the same machine").isEmpty();
    Path environment = run.folder().resolve("environment.json");
    Files.writeString(environment, "{\"lanes\": 2}");
    assertThat(run.otherVectors().orElseThrow())
        .startsWith(run.folder() + ": trained with vectors of 2 lanes, and this machine has ");
    Files.writeString(environment, "{}");
    assertThat(run.otherVectors()).as("of an older version").isEmpty();
    assertThat(run.results()).isEmpty();
    run.writeResults(Map.of("test_accuracy", 0.9, "net", "one"));
    assertThat(run.results()).contains(Map.of("test_accuracy", 0.9, "net", "one"));
    assertThat(run.result("test_accuracy")).isEqualTo(0.9);
    assertThatThrownBy(() -> run.result("net"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected a number `net` in results.json, got one; delete that file");
    assertThatThrownBy(() -> run.result("test_loss"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected a number `test_loss` in results.json, got none");
  }

  @Test
  void saysWhichProcessTrainsItAndOnlyWhileItDoes() throws IOException {
    Run run = Run.create(folder.resolve("held"), EXPERIMENT);
    assertThat(run.holder()).isEmpty();
    try (Run.Lock _ = run.lock()) {
      assertThat(run.holder()).contains(ProcessHandle.current());
    }
    assertThat(run.holder()).isEmpty();
    // a killed process leaves its number behind, which another process may have later
    Files.writeString(run.folder().resolve(".lock"), ProcessHandle.current().pid() + " 12345");
    assertThat(run.holder()).isEmpty();
    Files.writeString(run.folder().resolve(".lock"), "what is this");
    assertThat(run.holder()).isEmpty();
  }

  @Test
  void keepsTags() {
    Run run = Run.create(folder.resolve("tagged"), EXPERIMENT);
    assertThat(run.tags()).isEmpty();
    run.writeTags(List.of("baseline", "a \"b\""));
    assertThat(run.tags()).containsExactly("baseline", "a \"b\"");
  }

  @Test
  void keepsTheJavaFileOfANetworkThatYamlCannotWrite() throws IOException {
    JavaSource source = new JavaSource("MyNet.java", "class MyNet {}\n");
    Experiment own =
        new Experiment(
            "MyNet", NET, source, EXPERIMENT.feed(), EXPERIMENT.loss(), EXPERIMENT.training());
    Run run = Run.create(folder.resolve("own"), own);
    assertThat(JavaSource.read(run.folder().resolve("MyNet.java"))).isEqualTo(source);
    // as sha256sum says it
    assertThat(source.note().sha256())
        .isEqualTo("a1de4f75169443d89bda18a634fc197cb110b2f810a71be69b47e529291ff405");
    List<JavaSource.Note> noted = new ArrayList<>();
    Experiment again =
        Experiment.read(
            run,
            name -> Optional.empty(),
            List.of(),
            note -> {
              noted.add(note);
              return own;
            });
    assertThat(again).isEqualTo(own);
    assertThat(noted).containsExactly(source.note());
    assertThatThrownBy(() -> Experiment.read(run, name -> Optional.empty(), List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("crema train MyNet.java");
  }

  @Test
  void refusesAUsedFolderAndLeavesItAsItIs() throws IOException {
    Files.writeString(folder.resolve("thesis.doc"), "years of work");
    assertThatThrownBy(() -> Run.create(folder, EXPERIMENT))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            folder + ": expected an empty directory, but it holds `thesis.doc`; choose another");
    assertThat(folder.toFile().list()).containsExactly("thesis.doc");
    assertThatThrownBy(() -> Run.create(folder.resolve("thesis.doc"), EXPERIMENT))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("it is a file");

    Path run = Run.create(folder.resolve("run"), EXPERIMENT).folder();
    assertThatThrownBy(() -> Run.create(run, EXPERIMENT))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("holds a run already; continue it with `crema resume " + run + "`");
    assertThat(run.resolve("experiment.yaml")).hasContent(EXPERIMENT.text());
  }

  /** The experiment is written last: killed before, a process leaves a folder that is no run. */
  @Test
  void takesAFolderInWhichAProcessWasKilled() throws IOException {
    Experiment own =
        new Experiment(
            "MyNet",
            NET,
            new JavaSource("MyNet.java", "class MyNet {}\n"),
            EXPERIMENT.feed(),
            EXPERIMENT.loss(),
            EXPERIMENT.training());
    Path half = Files.createDirectory(folder.resolve("half"));
    Files.createFile(half.resolve(".lock"));
    Files.writeString(half.resolve(".environment.json.4711.tmp"), "{");
    assertThat(Run.create(half, EXPERIMENT).experiment()).hasContent(EXPERIMENT.text());
    assertThat(half.toFile().list())
        .containsExactlyInAnyOrder(".lock", "environment.json", "experiment.yaml");

    Path more = Files.createDirectory(folder.resolve("more"));
    Files.writeString(more.resolve("MyNet.java"), "class Mine {}");
    assertThatThrownBy(() -> Run.create(more, own)).hasMessageContaining("it holds `MyNet.java`");
    Files.writeString(more.resolve("environment.json"), "{}");
    assertThatThrownBy(() -> Run.create(more, EXPERIMENT))
        .hasMessageContaining("it holds `MyNet.java`");
    assertThat(Run.create(more, own).environment()).containsKey("java");
    assertThat(more.resolve("MyNet.java")).hasContent("class MyNet {}");
  }

  @Test
  void namesAFolderThatIsNoRun() {
    assertThatThrownBy(() -> Run.open(folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(folder + ": expected the directory of a run, but it has no exp");
    assertThatThrownBy(() -> Run.open(folder.resolve("none")))
        .hasMessageContaining("but there is none");
  }

  private static Dataset load(String name) {
    assertThat(name).isEqualTo("mnist");
    Images images = new Images(2, 1, 4, 5, new byte[20], new byte[1]);
    return new Dataset(name, List.of("a", "b"), images, images);
  }

  @Test
  void readsTheSignatureOfAnOldRunFromItsData() {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    Shape images = Shape.image(1, 4, 5);
    assertThat(run.signature(EXPERIMENT.feed(), RunTest::load))
        .isEqualTo(new Signature(images, images, List.of("a", "b")));
    DataNote old = DataNote.of("mnist", load("mnist"));
    run.writeData(old);
    assertThat(run.data()).contains(old);
    assertThat(run.signature(EXPERIMENT.feed(), RunTest::load).classes()).containsExactly("a", "b");
    DataException gone = new DataException("there is none");
    assertThatThrownBy(() ->
            run.signature(
                EXPERIMENT.feed(),
                _ -> {
                  throw gone;
                }))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(run.folder() + ": an older version")
        .hasMessageContaining(": there is none; bring that data back")
        .hasCause(gone);

    Signature noted = new Signature(images, Shape.image(1, 8, 9), List.of("x", "\"y\"\n"));
    run.writeData(old.with(noted));
    assertThat(run.data()).contains(old.with(noted));
    assertThat(
            run.signature(
                EXPERIMENT.feed(),
                _ -> {
                  throw new AssertionError("the run says it itself");
                }))
        .isEqualTo(noted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[ 1, 8, 0 ]",
        "[ 3, 8, 9 ]",
        "[ 1, 8 ]",
        "[ 72 ]",
        "[ 1, 8, 9.5 ]",
        "\"wide\"",
        "[ 1, 100000, 100000 ]"
      })
  void namesADamagedSignature(String input) throws IOException {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    Signature noted = new Signature(Shape.image(1, 4, 5), Shape.image(1, 8, 9), List.of("a", "b"));
    run.writeData(DataNote.of("mnist", load("mnist")).with(noted));
    Path file = run.folder().resolve("data.json");
    Files.writeString(file, Files.readString(file).replace("[ 1, 8, 9 ]", input));
    assertThatThrownBy(() -> run.signature(EXPERIMENT.feed(), RunTest::load))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageEndingWith(
            "the file is damaged: delete it to go on with the data as they are now");
  }

  @Test
  void namesDamagedResults() throws IOException {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    Files.writeString(folder.resolve("run").resolve("results.json"), "{\"a\":1");
    assertThatThrownBy(run::results)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("results.json: expected one JSON object");
  }

  @Test
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void readsFilesOfItsOwnAloneAndNoneThatAreHuge() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret.txt"), "{the secret of another file");
    Map<String, ThrowingConsumer<Run>> readings =
        Map.of(
            "experiment.yaml", Run::experimentText,
            "results.json", Run::results,
            "environment.json", Run::environment,
            "data.json", Run::data,
            "tags.json", Run::tags,
            "events.jsonl", run -> EventLog.read(run.events()),
            "predictions.safetensors", Run::readPredictions,
            "checkpoints/checkpoint-1.safetensors", run -> run.checkpoints().weights(_ -> {}));
    for (Map.Entry<String, ThrowingConsumer<Run>> reading : readings.entrySet()) {
      for (String kind : List.of("link", "pipe", "directory", "huge")) {
        Run run =
            Run.create(folder.resolve(kind + "-" + reading.getKey().replace('/', '-')), EXPERIMENT);
        Path file = run.folder().resolve(reading.getKey());
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        switch (kind) {
          case "link" -> Files.createSymbolicLink(file, secret);
          case "pipe" ->
              assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
          case "directory" -> Files.createDirectory(file);
          default -> {
            try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
              sparse.setLength(1L << 34); // more than an array can hold
            }
          }
        }
        assertThatThrownBy(() -> reading.getValue().accept(run))
            .as("%s as %s", reading.getKey(), kind)
            .isInstanceOfAny(CheckpointException.class, ConfigurationException.class)
            .hasMessageContaining(file.toString())
            .hasMessageNotContaining("secret of");
      }
    }
  }

  @Test
  void followsNoLinkToItsCheckpointsOrLock() throws IOException {
    Run other = Run.create(folder.resolve("other"), EXPERIMENT);
    Path leftover =
        Files.writeString(
            Files.createDirectory(other.checkpoints().folder())
                .resolve(".checkpoint-8.safetensors.4711.tmp"),
            "half");
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    Files.createSymbolicLink(run.checkpoints().folder(), other.checkpoints().folder());
    assertThatThrownBy(() -> run.checkpoints().weights(_ -> {}))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(run.checkpoints().folder() + ": cannot be read: it is a symbolic");
    run.lock().close();
    assertThat(leftover).exists();

    Path precious = Files.writeString(folder.resolve("precious.txt"), "years of work");
    Files.delete(run.folder().resolve(".lock"));
    Files.createSymbolicLink(run.folder().resolve(".lock"), precious);
    assertThatThrownBy(run::lock)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(".lock: cannot be locked: it is a symbolic link");
    assertThat(run.holder()).isEmpty();
    assertThat(precious).hasContent("years of work");
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void isNotDrownedByADeeplyNestedFile() throws IOException {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    for (String nested : List.of("{\"a\":" + "[".repeat(500_000), "{\"a\":".repeat(100_000))) {
      Files.writeString(run.folder().resolve("results.json"), nested);
      assertThatThrownBy(run::results)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("results.json: expected one JSON object")
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2000));
    }
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void aDamagedRunOfAFolderHarmsNoOther() throws Exception {
    Run good = Run.create(folder.resolve("good"), EXPERIMENT);
    Files.write(
        Files.createDirectory(folder.resolve("bytes")).resolve("experiment.yaml"),
        new byte[] {(byte) 0xe9});
    Path pipe = Files.createDirectory(folder.resolve("pipe")).resolve("experiment.yaml");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path huge = Files.createDirectory(folder.resolve("huge")).resolve("experiment.yaml");
    try (RandomAccessFile sparse = new RandomAccessFile(huge.toFile(), "rw")) {
      sparse.setLength(1L << 34);
    }
    assertThat(new RunFolder(folder).unfinished(EXPERIMENT)).contains(good);
    Files.writeString(good.events(), "damaged\n"); // resuming goes on from before it
    assertThat(new RunFolder(folder).unfinished(EXPERIMENT)).contains(good);
  }

  @Test
  void saysWhetherItDivergedLast() {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    assertThat(run.hasDiverged()).as("nothing happened yet").isFalse();
    try (EventLog log = EventLog.open(run.events(), -1, _ -> {})) {
      for (long step = 1; step <= 1000; step++) {
        log.write(new Event.StepLogged(step, 0, 1, 0.1, 1));
      }
      log.write(new Event.Diverged(1000, 0, "loss", "the loss"));
      assertThat(run.hasDiverged()).isTrue();
      log.write(new Event.Interrupted(1000, 0));
    }
    assertThat(run.hasDiverged()).isFalse();
  }

  @Test
  void saysWhatItWasMadeOnWithUnits() throws IOException {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    Files.writeString(
        run.folder().resolve("environment.json"),
        """
        {"started": "2026-12-01T14:57:13.331389351Z", "crema": "0.1.0", "cpus": 2,
         "max_heap_bytes": 18326355968, "small_bytes": 900, "odd_bytes": "many"}
        """);
    Map<String, String> words = run.environmentInWords();
    assertThat(words)
        .containsExactly(
            Map.entry("started", "2026-12-01 14:57:13 UTC"),
            Map.entry("crema", "0.1.0"),
            Map.entry("cpus", "2"),
            Map.entry("max heap", "18.3 GB"),
            Map.entry("small", "900 bytes"),
            Map.entry("odd bytes", "many"));
    Files.writeString(
        run.folder().resolve("environment.json"), "{\"started\": \"once upon a time\"}");
    assertThat(run.environmentInWords()).containsExactly(Map.entry("started", "once upon a time"));
  }

  @Test
  void isTrainedByOneAtATimeAndCleanedWhenTaken() throws IOException {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    Path checkpoints = Files.createDirectory(run.checkpoints().folder());
    Files.writeString(checkpoints.resolve(".checkpoint-8.safetensors.4711.tmp"), "half");
    try (Run.Lock _ = run.lock()) {
      assertThat(checkpoints).isEmptyDirectory();
      assertThatThrownBy(run::lock)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("another process trains this run");
    }
    run.lock().close();
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aKilledProcessGivesTheRunFree() throws Exception {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    Process child = Child.shell("exec " + Child.command(Hold.class, run.folder()));
    try {
      assertThat(child.inputReader().readLine()).isEqualTo("locked");
      assertThatThrownBy(run::lock).hasMessageContaining("another process trains this run");
    } finally {
      child.destroyForcibly().waitFor();
    }
    run.lock().close();
  }

  static final class Hold {
    public static void main(String[] args) throws InterruptedException {
      try (Run.Lock _ = new Run(Path.of(args[0])).lock()) {
        System.out.println("locked");
        Thread.sleep(60_000);
      }
    }
  }
}
