package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** However a process ends, no temporary file and no other process stays. */
@EnabledOnOs(OS.LINUX)
class TemporaryFilesProcessTest {
  /** Says its process id once it has something to leave, and takes long. */
  private static final String SLOW =
      """
      #!/bin/sh
      echo half >half
      echo $$ >'%1$s.new' && mv '%1$s.new' '%1$s'
      exec sleep 60
      """;

  @TempDir Path folder;

  @BeforeEach
  void makeFolders() throws IOException {
    CremaProcess.putSample(folder);
    Files.createDirectory(temporary());
    Files.createDirectory(folder.resolve("bin"));
  }

  @AfterEach
  void endTheSlowProcess() throws IOException {
    if (Files.exists(slow())) {
      ProcessHandle.of(slowProcess()).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private Path temporary() {
    return folder.resolve("tmp");
  }

  /** Where a slow program says its process id. */
  private Path slow() {
    return folder.resolve("slow.pid");
  }

  private CremaProcess process() {
    return new CremaProcess(folder)
        .jvm("-Djava.io.tmpdir=" + temporary())
        .jvm("-Dcrema.checkout=" + Path.of("..").toAbsolutePath().normalize())
        .with("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
  }

  private String script(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve("bin").resolve(name), text.formatted(slow()));
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file.toString();
  }

  /** Starts a command, and sends a signal once its slow program runs; returns the exit code. */
  private int end(String signal, CremaProcess crema, String... command) throws Exception {
    Process process = crema.start(folder.resolve("out.txt"), folder.resolve("err.txt"), command);
    try {
      CremaProcess.await(process, () -> Files.exists(slow()));
      CremaProcess.signal(process, signal);
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("it ends").isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private long slowProcess() throws IOException {
    return Long.parseLong(Files.readString(slow()).strip());
  }

  private void assertThatTheSlowProcessEnds() throws IOException {
    ProcessHandle.of(slowProcess())
        .ifPresent(process -> process.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void aFetchThatIsEndedLeavesNothing(String signal, int code) throws Exception {
    script("npm", SLOW);
    CremaProcess nowhere = process().jvm("-Dhttps.proxyHost=127.0.0.1").jvm("-Dhttps.proxyPort=9");
    assertThat(end(signal, nowhere, "data", "fetch", "mnist")).isEqualTo(code);
    assertThatTheSlowProcessEnds();
    assertThat(temporary()).isEmptyDirectory();
    try (Stream<Path> left = Files.walk(folder.resolve("cache"))) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("cache", "datasets", "mnist", ".mnist.lock");
    }
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void aPeerThatIsLookedForIsEndedToo(String signal, int code) throws Exception {
    String python = script("python", SLOW);
    assertThat(end(signal, process(), "bench", "softmax", "--peer", "pytorch", "--python", python))
        .isEqualTo(code);
    assertThatTheSlowProcessEnds();
    assertThat(temporary()).isEmptyDirectory();
  }

  @Test
  void aBenchmarkThatIsKilledLeavesNoFile() throws Exception {
    String python = script("python", SLOW);
    end("KILL", process(), "bench", "softmax", "--peer", "pytorch", "--python", python);
    assertThat(temporary()).isEmptyDirectory();
  }

  /** It warms up on a thread of its own while it finds out what is wrong. */
  @Test
  void anErrorLeavesNoFile() throws Exception {
    Files.writeString(folder.resolve("sample/train-labels-idx1-ubyte.gz"), "no gzip");
    for (int i = 0; i < 5; i++) {
      Result result = process().run("train", "softmax", "--data", "sample");
      assertThat(result.exit()).as(result.err()).isEqualTo(ExitCodes.INPUT);
    }
    assertThat(temporary()).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 350, 500, 700})
  void aTrainingThatIsKilledLeavesNoFile(int millis) throws Exception {
    Process process =
        process()
            .start(
                folder.resolve("out.txt"),
                folder.resolve("err.txt"),
                "train",
                "softmax",
                "--data",
                "sample",
                "--epochs",
                "100000");
    assertThat(process.waitFor(millis, TimeUnit.MILLISECONDS)).isFalse();
    process.destroyForcibly().waitFor();
    assertThat(temporary()).isEmptyDirectory();
  }

  @Test
  void eachCommandCleansUp() throws Exception {
    List<String[]> commands =
        List.of(
            new String[] {"train", "softmax", "--data", "sample", "--epochs", "2", "--out", "run"},
            new String[] {"eval", "run"},
            new String[] {"bench", "softmax", "--seconds", "0.1", "--rounds", "1"},
            new String[] {"report", "run"});
    for (String[] command : commands) {
      Result result = process().run(command);
      assertThat(result.exit()).as(result.err()).isZero();
    }
    assertThat(temporary()).isEmptyDirectory();
  }
}
