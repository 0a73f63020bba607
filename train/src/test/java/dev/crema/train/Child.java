package dev.crema.train;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A main of these tests in a process of its own. */
final class Child {
  private Child() {}

  /** The command that runs it, for a shell. */
  static String command(Class<?> main, Object... arguments) throws URISyntaxException {
    Path classes = Path.of(Child.class.getResource("Child.class").toURI());
    for (String _ : Child.class.getName().split("\\.")) {
      classes = classes.getParent();
    }
    String path =
        Stream.of(
                classes.toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""))
            .collect(Collectors.joining(System.getProperty("path.separator")));
    return Stream.concat(
            Stream.of(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                path,
                main.getName()),
            Stream.of(arguments))
        .map(argument -> "'" + argument + "'")
        .collect(Collectors.joining(" "));
  }

  static Process shell(String script) throws IOException {
    return new ProcessBuilder(List.of("sh", "-c", script)).redirectErrorStream(true).start();
  }
}
