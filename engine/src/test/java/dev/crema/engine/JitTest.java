package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class JitTest {
  @TempDir private Path folder;

  /** Killed as soon as there is a file with something in it, a process would leave it. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void directivesNeedNoFileThatMayStay() throws Exception {
    String path =
        Stream.of("jdk.module.path", "java.class.path", "surefire.test.class.path")
            .map(name -> System.getProperty(name, ""))
            .reduce(classes().toString(), (all, more) -> all + File.pathSeparator + more);
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "--add-modules=jdk.incubator.vector",
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                path,
                Prepare.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(said).contains("installed: true");
    assertThat(folder).isEmptyDirectory();
  }

  private static Path classes() throws Exception {
    Path classes = Path.of(JitTest.class.getResource("JitTest.class").toURI());
    for (String _ : JitTest.class.getName().split("\\.")) {
      classes = classes.getParent();
    }
    return classes;
  }

  static final class Prepare {
    public static void main(String[] args) {
      Path folder = Path.of(System.getProperty("java.io.tmpdir"));
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            while (true) {
              if (hasContent(folder)) {
                System.out.println("there is a file");
                Runtime.getRuntime().halt(1);
              }
            }
          });
      System.out.println("installed: " + Jit.prepare());
    }

    private static boolean hasContent(Path folder) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          if (Files.size(file) > 0) {
            return true;
          }
        }
      } catch (IOException e) {
        // it is gone already
      }
      return false;
    }
  }
}
