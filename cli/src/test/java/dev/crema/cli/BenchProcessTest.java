package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Measuring in turns, as a process; in Python's place is a script of the shell. */
@EnabledOnOs({OS.LINUX, OS.MAC}) // the shell
class BenchProcessTest {
  /** Says that it has PyTorch, and is faster in the mode compile, and with tcmalloc. */
  private static final String PYTHON =
      """
      #!/bin/sh
      case "$*" in
        *--about*) echo '{"version": "2.99", "tcmalloc": %s}'; exit ;;
        *--mode=channels_last*) echo 'RuntimeError: no such layout' >&2; exit 1 ;;
        *--mode=compile*) rate=2000 ;;
        *) rate=1000 ;;
      esac
      echo "$*" >>measured.txt
      [ -n "${LD_PRELOAD:-}" ] && rate=${rate}0
      echo "{\\"images_per_second\\": $rate, \\"warmup_seconds\\": 0.5, \\"product_gflops\\": 150}"
      """;

  @TempDir Path folder;

  private CremaProcess process() {
    Path checkout = Path.of("..").toAbsolutePath().normalize();
    return new CremaProcess(folder).jvm("-Dcrema.checkout=" + checkout);
  }

  private String python(String tcmalloc) throws IOException {
    Path file = folder.resolve("python");
    Files.writeString(file, PYTHON.formatted(tcmalloc));
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return "--python=" + file;
  }

  private static double number(Object map, String... path) {
    Object at = map;
    for (String key : path) {
      assertThat(at).as(key).isInstanceOf(Map.class);
      at = ((Map<?, ?>) at).get(key);
    }
    assertThat(at).as(String.join(".", path)).isInstanceOf(Number.class);
    return ((Number) at).doubleValue();
  }

  @Test
  void comparesWithPyTorchInTurns() throws Exception {
    String[] command = {
      "bench",
      "softmax",
      "--peer",
      "pytorch",
      python("\"libnone.so\""),
      "--seconds",
      "0.1",
      "--rounds",
      "2",
      "--threads",
      "1",
      "--markdown",
      "table.md",
      "--json"
    };
    Result result = process().run(command);
    assertThat(result.exit()).as(result.err()).isZero();
    List<String> told = result.err().lines().map(line -> line.replaceAll(": .*", "")).toList();
    assertThat(told)
        .as("who fails is left out of the second round, which goes the other way")
        .containsExactly(
            "softmax, round 1 of 2, Crema",
            "softmax, round 1 of 2, eager",
            "softmax, round 1 of 2, eager + tcmalloc",
            "softmax, round 1 of 2, channels_last",
            "softmax, round 1 of 2, channels_last + tcmalloc",
            "softmax, round 1 of 2, compile",
            "softmax, round 1 of 2, compile + tcmalloc",
            "softmax, round 2 of 2, compile + tcmalloc",
            "softmax, round 2 of 2, compile",
            "softmax, round 2 of 2, eager + tcmalloc",
            "softmax, round 2 of 2, eager",
            "softmax, round 2 of 2, Crema");
    assertThat(result.err()).contains("ended with exit code 1; RuntimeError: no such layout");
    assertThat(Files.readString(folder.resolve("measured.txt")))
        .as("the recipe is Crema's to say")
        .contains(
            "softmax --mode=eager --shape=1x28x28 --batch=256 --optimizer=sgd --weight-decay=0.0 --threads=1 --seconds=0.1");

    Map<String, Object> row = JSON.std.mapFrom(result.out());
    assertThat(row)
        .containsEntry("net", "softmax")
        .containsEntry("threads", 1)
        .containsEntry("rounds", 2)
        .containsKeys("gflops", "peak_fraction", "planned_bytes", "warmup_seconds");
    double least = number(row, "images_per_second", "min");
    double greatest = number(row, "images_per_second", "max");
    assertThat(number(row, "images_per_second", "median"))
        .isCloseTo((least + greatest) / 2, within(1e-6 * greatest));
    assertThat(number(row, "as_installed", "ratio", "min")).isEqualTo(least / 2000);
    assertThat(number(row, "tuned", "ratio", "max")).isEqualTo(greatest / 20_000);
    assertThat(row.get("tuned"))
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("mode", "compile + tcmalloc");
    if (OS.LINUX.isCurrentOs()) {
      assertThat(number(row, "resident_bytes"))
          .as("a JVM takes more than its plan")
          .isGreaterThan(number(row, "planned_bytes"));
    }
    assertThat(folder.resolve("table.md"))
        .content()
        .startsWith("| net | images/s | PyTorch as installed |")
        .contains("| `softmax` | ", "| 2,000 compile | 20,000 compile + tcmalloc | ", "2.99");
  }

  @Test
  void measuresInFreshProcessesWithoutAPeer() throws Exception {
    Result result = process().run("bench", "softmax", "mlp", "--rounds", "1", "--seconds", "0.1");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("softmax: ", "mlp: ", " MB planned, ", " of the peak")
        .doesNotContain("PyTorch");
  }

  @Test
  void showsWhereTheTimeOfAStepGoes() throws Exception {
    Result text = process().run("bench", "lenet", "--seconds", "0.1", "--profile");
    assertThat(text.exit()).as(text.err()).isZero();
    assertThat(text.out())
        .containsPattern(
            "\n  0 +forward +[\\d.]+ us +[\\d.]+ % +[\\d.]+ GB/s +[\\d.]+ GFLOP/s, [\\d.]+ of the peak\n")
        .containsPattern("\n  update +update .* GB/s\n")
        .containsPattern("\n  waiting +other +[-\\d.]+ us +[-\\d.]+ %\n");
    Result json = process().run("bench", "lenet", "--seconds", "0.1", "--profile", "--json");
    assertThat((List<?>) JSON.std.mapFrom(json.out()).get("profile"))
        .allSatisfy(part ->
            assertThat(part)
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsOnlyKeys(
                    "path", "pass", "seconds", "share", "gflops", "bytes", "peak_fraction"));
  }

  @Test
  void showsItInTurnsToo() throws Exception {
    Result result =
        process()
            .run(
                "bench",
                "lenet",
                "--profile",
                "--peer=pytorch",
                python("null"),
                "--rounds=2",
                "--seconds=0.1");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out())
        .contains(" of PyTorch's matrix product (150.0 GFLOP/s)")
        .containsPattern(
            "\n  0 +forward +[\\d.]+ us .* GFLOP/s, [\\d.]+ of the peak, [^\n]+ of PyTorch's\n");
  }

  @Test
  void saysThatThereIsNoTcmalloc() throws Exception {
    Result result =
        process()
            .run(
                "bench",
                "softmax",
                "--peer",
                "pytorch",
                python("null"),
                "--seconds",
                "0.1",
                "--rounds",
                "1");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err()).contains("no tcmalloc here").doesNotContain("eager + tcmalloc");
    assertThat(result.out()).contains("PyTorch as installed (compile: 2,000)");
  }

  @Test
  void comparesWithKeras() throws Exception {
    Result result =
        process()
            .run(
                "bench",
                "softmax",
                "--peer=keras",
                python("null"),
                "--seconds=0.1",
                "--rounds=1",
                "--markdown=table.md",
                "--json");
    assertThat(result.exit()).as(result.err()).isZero();
    Map<String, Object> row = JSON.std.mapFrom(result.out());
    assertThat(number(row, "keras", "xla", "images_per_second", "median")).isEqualTo(1000);
    assertThat(folder.resolve("table.md"))
        .content()
        .startsWith("| net | images/s | Keras as installed |");
  }

  @Test
  void isInterruptedAndPrintsWhatIsThere() throws Exception {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    String[] command = {"bench", "softmax", "--rounds", "999", "--seconds", "0.1", "--json"};
    Process process = process().start(out, err, command);
    CremaProcess.interruptOnce(
        process, () -> Files.readString(err).contains("round 1 of 999, Crema: "));
    assertThat(process.exitValue()).as(Files.readString(err)).isEqualTo(ExitCodes.INTERRUPTED);
    Map<String, Object> row = JSON.std.mapFrom(Files.readString(out));
    assertThat(number(row, "rounds")).as("the whole rounds").isBetween(1.0, 998.0);
  }

  @Test
  void saysWhatCannotBeMeasuredInTurns() throws Exception {
    for (Map.Entry<String, String> wrong :
        Map.of(
                "bench", "expected networks to measure, or --all",
                "bench --all lenet", "--all: expected no networks beside it, got lenet",
                "bench lenet --rounds 0", "--rounds: expected a number from 1 on, got 0",
                "bench lenet --python none", "--python: expected --peer beside it, whose it is",
                "bench lenet --peer pytorch --python none",
                    "--peer: none: expected a Python with PyTorch",
                "bench lenet --peer tensorflow", "tensorflow")
            .entrySet()) {
      Result result = process().run(wrong.getKey().split(" "));
      assertThat(result.exit()).as(wrong.getKey()).isEqualTo(ExitCodes.USAGE);
      assertThat(result.err()).contains(wrong.getValue());
      assertThat(result.out()).isEmpty();
    }
    Result elsewhere =
        new CremaProcess(folder).run("bench", "lenet", "--peer", "pytorch", python("null"));
    assertThat(elsewhere.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(elsewhere.err())
        .contains("bench/pytorch_peer.py: there is no such file; run ./crema of a checkout");
  }

  @Test
  void aCremaThatFailsEndsItsTurnsOnly() throws Exception {
    Files.writeString(
        folder.resolve("wide.yaml"),
        "data: fashion-mnist\nnet: [flatten, dense: 500000, dense: 10]\n");
    Result result =
        process()
            .jvm("-Xmx256m")
            .run("bench", "wide.yaml", "softmax", "--rounds", "1", "--seconds", "0.1", "--json");
    assertThat(result.exit()).isEqualTo(ExitCodes.FAILURE);
    assertThat(result.err()).contains("wide.yaml, round 1 of 1, Crema: ended with exit code 3; ");
    assertThat(result.out().lines().toList()).singleElement().asString().contains("\"softmax\"");
  }
}
