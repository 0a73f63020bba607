package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On the class path nobody requires the module of the vectors: the user has to name it. */
class VectorModuleTest {
  private static final String FLAG = "--add-modules jdk.incubator.vector";

  @ParameterizedTest
  @ValueSource(strings = {"engine", "lanes", "warm-up"})
  void aJvmWithoutTheModuleIsToldWhichFlagToAdd(String first) throws Exception {
    String output = run(List.of(), first);
    assertThat(output)
        .contains("IllegalStateException: ")
        .contains("add " + FLAG)
        .doesNotContain("done");
  }

  @Test
  void withTheFlagItStarts() throws Exception {
    assertThat(run(List.of(FLAG.split(" ")), "engine").strip()).endsWith("done");
  }

  private static String run(List<String> flags, String first) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", of(Engine.class) + File.pathSeparator + of(Use.class)));
    command.addAll(List.of(Use.class.getName(), first));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  /** The folder that a class was loaded from. */
  private static Path of(Class<?> type) throws URISyntaxException {
    String file = type.getName().replace('.', '/') + ".class";
    Path path = Path.of(type.getResource("/" + file).toURI());
    for (String _ : file.split("/")) {
      path = path.getParent();
    }
    return path;
  }

  static final class Use {
    public static void main(String[] arguments) {
      switch (arguments[0]) {
        case "engine" -> new Engine(2).close();
        case "lanes" -> System.out.println(Lanes.COUNT);
        default -> Warmup.begin();
      }
      System.out.println("done");
    }
  }
}
