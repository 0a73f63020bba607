package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.zoo.Zoo;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs of docs/java.md in Maven projects outside of this one, as their readers have them:
 * with the documented {@code pom.xml}, and built and run by the documented commands.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class OwnProjectProcessTest {
  private static final Documented DOCUMENT = new Documented("docs/java.md");
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String VERSION =
      Zoo.class.getModule().getDescriptor().rawVersion().orElseThrow();
  private static final String FLAG = "--add-modules jdk.incubator.vector";
  private static final String ON_CLASS_PATH = command("class path");
  private static final String ON_MODULE_PATH = command("module path");
  private static final String AS_ONE_JAR = command("one jar");
  private static final List<String> PICTURES =
      Stream.of(
              "cli/src/test/resources/pictures/grey.png",
              "data/src/test/resources/pictures/cmyk.jpg")
          .map(picture -> ROOT.resolve(picture).toString())
          .toList();

  /** Trains the documented networks, layers of their own included. */
  private static final String NETS =
      """
      package example;

      import dev.crema.data.*;
      import dev.crema.engine.*;
      import dev.crema.nn.*;
      import dev.crema.train.*;
      import java.nio.file.Path;
      import java.util.List;

      class Nets {
        public static void main(String[] arguments) {
          Feed feed = new Feed(arguments[1]).limit(20);
          Dataset data = Datasets.load(feed.data());
          JavaSource source = new JavaSource("Nets.java", "class Nets {}");
          Training training = new Training().batch(10).epochs(1);
          try (Engine engine = new Engine(2)) {
            for (Net net : List.of(MyNet.net(), SwishNet.net(), ScaleNet.net())) {
              Experiment experiment =
                  new Experiment("own", net, source, feed, Loss.of(net), training);
              Graph graph = Graph.of(net, feed.input(data.train()));
              Path run = Path.of(arguments[0] + net.hashCode());
              new Trainer(experiment, graph, data, engine, event -> {}, () -> false)
                  .train(Run.create(run, experiment));
              System.out.println("trained");
            }
          }
        }
      }
      """;

  @TempDir private static Path folder;
  private static Path repository;

  /** A project that is no module. */
  private static Path plain;

  /** The same as a module. */
  private static Path module;

  private record Result(int exit, String out, String err) {}

  /** How the document runs a program. */
  private static String command(String as) {
    return DOCUMENT.find("\\| " + as + " \\| `([^`]+)` \\|");
  }

  @BeforeAll
  static void build() throws Exception {
    repository = Files.createDirectory(folder.resolve("repository"));
    fillRepository();
    CremaProcess.putSample(folder);
    plain = project("plain", List.of());
    module = project("module", DOCUMENT.blocks("java"));
    String maven = DOCUMENT.find("`(mvn package [^`]+)`");
    for (Path project : List.of(plain, module)) {
      Result result = run(project, maven + " -q -B -Dmaven.repo.local=" + repository);
      assertThat(result.exit()).as(result.out() + result.err()).isZero();
    }
  }

  /** Links lead out of the folder that is deleted. */
  @AfterAll
  static void unlink() throws IOException {
    for (Path parent : List.of(repository, repository.resolve("dev"))) {
      for (Path entry : entries(parent)) {
        if (Files.isSymbolicLink(entry)) {
          Files.delete(entry);
        }
      }
    }
  }

  private static List<Path> entries(Path parent) throws IOException {
    try (Stream<Path> entries = Files.list(parent)) {
      return entries.toList();
    }
  }

  /**
   * A local repository with all that the user's has, Crema aside: plugins are not fetched twice.
   * And with Crema as it was just built, which the user's repository is not to have.
   */
  private static void fillRepository() throws IOException {
    Path users = Path.of(System.getProperty("maven.repo.local"));
    Path dev = Files.createDirectory(repository.resolve("dev"));
    for (Path entry : entries(users)) {
      if (!entry.endsWith("dev")) {
        Files.createSymbolicLink(repository.resolve(entry.getFileName()), entry);
      }
    }
    if (Files.exists(users.resolve("dev"))) {
      for (Path entry : entries(users.resolve("dev"))) {
        if (!entry.endsWith("crema")) {
          Files.createSymbolicLink(dev.resolve(entry.getFileName()), entry);
        }
      }
    }
    Files.copy(ROOT.resolve("pom.xml"), artifact("crema", "pom"));
    for (String room : List.of("engine", "nn", "data", "train", "zoo")) {
      Files.copy(ROOT.resolve(room).resolve("pom.xml"), artifact("crema-" + room, "pom"));
      Path jar = artifact("crema-" + room, "jar");
      Path built = built(ROOT.resolve(room));
      if (Files.isDirectory(built)) { // `mvn test` makes no jars
        ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
        String[] create = {"--create", "--file", jar.toString(), "-C", built.toString(), "."};
        assertThat(tool.run(System.out, System.err, create)).isZero();
      } else {
        Files.copy(built, jar);
      }
    }
  }

  private static Path artifact(String name, String type) throws IOException {
    Path place = repository.resolve("dev/crema").resolve(name).resolve(VERSION);
    return Files.createDirectories(place).resolve(name + "-" + VERSION + "." + type);
  }

  /** What this test itself uses of a room: its jar, or the folder of its classes. */
  private static Path built(Path room) {
    return Arrays.stream(CremaProcess.modulePath().split(File.pathSeparator))
        .map(entry -> Path.of(entry).normalize())
        .filter(entry -> entry.startsWith(room))
        .findFirst()
        .orElseThrow();
  }

  /**
   * A project with the documented pom and programs, and the networks beside them.
   *
   * @param more blocks, of which the descriptor of the module is taken
   */
  private static Path project(String name, List<String> more) throws IOException {
    Path project = folder.resolve(name);
    Path java = Files.createDirectories(project.resolve("src/main/java"));
    Path sources = Files.createDirectory(java.resolve("example"));
    Files.writeString(project.resolve("pom.xml"), DOCUMENT.blocks("xml").getFirst());
    for (Map.Entry<String, String> file : DOCUMENT.classes().entrySet()) {
      String text = file.getValue();
      // a network for `crema train` is in no package, which no module takes
      boolean isProgram = text.startsWith("package ");
      Files.writeString(
          sources.resolve(file.getKey()), isProgram ? text : "package example;\n" + text);
    }
    Files.writeString(sources.resolve("Nets.java"), NETS);
    for (String block : more) {
      if (block.startsWith("module ")) {
        Files.writeString(java.resolve("module-info.java"), block);
      }
    }
    return project;
  }

  private static Result run(Path project, String command) throws Exception {
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", command)
            .directory(project.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    Map<String, String> environment = builder.environment();
    String java = System.getProperty("java.home");
    environment.put("JAVA_HOME", java);
    environment.put(
        "PATH",
        String.join(
            File.pathSeparator,
            Path.of(java, "bin").toString(),
            Path.of(System.getProperty("maven.home"), "bin").toString(),
            environment.get("PATH")));
    environment.put(
        "MAVEN_OPTS",
        "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 --sun-misc-unsafe-memory-access=allow");
    environment.keySet().removeAll(List.of("MAVEN_ARGS", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
      return new Result(
          process.exitValue(),
          Files.readString(out, StandardCharsets.UTF_8),
          Files.readString(err, StandardCharsets.UTF_8));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static String good(Path project, String command) throws Exception {
    Result result = run(project, command);
    assertThat(result.exit()).as("%s: %s", command, result.err()).isZero();
    assertThat(result.err().replaceAll("WARNING: Using incubator modules: .*\\R", ""))
        .as(command)
        .isEmpty();
    return result.out();
  }

  /** The documented command for these pictures. */
  private static String classify(String command, Path run) {
    return command.replace("RUN shoe.png", run + " " + String.join(" ", PICTURES));
  }

  /** The documented command for another of the programs. */
  private static String other(String command, String program, Path run) {
    return command
        .replace("-jar target/example-1.jar", "-cp target/example-1.jar example.Classify")
        .replace(
            "example.Classify RUN shoe.png",
            "example.%s %s %s".formatted(program, run, folder.resolve("sample")));
  }

  /** Trains, and classifies when the data is gone; returns what the programs say. */
  private static List<String> trainAndClassify(Path project, String command) throws Exception {
    Path run = project.resolve("run");
    List<String> said = new ArrayList<>();
    said.add(good(project, other(command, "OwnProgram", run)));
    assertThat(JSON.std.mapFrom(Files.readString(run.resolve("environment.json"))))
        .containsEntry("crema", VERSION);
    Path sample = folder.resolve("sample");
    Path moved = folder.resolve("moved");
    Files.move(sample, moved);
    try {
      said.add(good(project, classify(command, run)));
    } finally {
      Files.move(moved, sample);
    }
    assertThat(said.getFirst()).matches("0\\.\\d+\\R");
    assertThat(said.getLast().lines())
        .hasSize(PICTURES.size())
        .allMatch(line -> line.matches("Likely\\[name=\\d, probability=0\\.\\d+]"));
    return said;
  }

  @Test
  void runsInEachWayAndSaysTheSame() throws Exception {
    List<String> said = trainAndClassify(plain, ON_CLASS_PATH);
    assertThat(trainAndClassify(module, ON_MODULE_PATH)).isEqualTo(said);
    Path run = plain.resolve("run");
    assertThat(good(plain, classify(AS_ONE_JAR, run))).isEqualTo(said.getLast());
    for (String command : List.of(ON_CLASS_PATH, AS_ONE_JAR)) {
      assertThat(good(module, classify(command, run))).as(command).isEqualTo(said.getLast());
    }
    assertThat(good(plain, other(AS_ONE_JAR, "OwnProgram", folder.resolve("jar"))))
        .isEqualTo(said.getFirst());
  }

  @Test
  void layersOfOnesOwnTrainThere() throws Exception {
    assertThat(good(plain, other(ON_CLASS_PATH, "Nets", folder.resolve("nets"))).lines())
        .containsExactly("trained", "trained", "trained");
  }

  @Test
  void aMissingModuleIsNamedWithTheFlag() throws Exception {
    Path run = folder.resolve("none");
    Files.createDirectory(run);
    Files.writeString(run.resolve("experiment.yaml"), "{data: mnist, net: lenet}");
    for (String command :
        List.of(
            other(ON_CLASS_PATH, "OwnProgram", folder.resolve("new")),
            classify(ON_CLASS_PATH, run),
            classify(AS_ONE_JAR, run))) {
      Result result = run(plain, command.replace(FLAG + " ", ""));
      assertThat(result.exit()).as(command).isEqualTo(1);
      assertThat(result.err()).as(command).contains("IllegalStateException: ").contains(FLAG);
    }
    assertThat(folder.resolve("new")).doesNotExist();
    String variable = DOCUMENT.find("`(JDK_JAVA_OPTIONS=[^`]+)` does the same");
    String unflagged = classify(AS_ONE_JAR, run).replace(FLAG + " ", "");
    assertThat(run(plain, variable + " " + unflagged).err())
        .contains("expected weights, but its training has saved none yet");
  }
}
