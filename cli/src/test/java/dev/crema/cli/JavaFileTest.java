package dev.crema.cli;

import static dev.crema.nn.Net.chain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Mode;
import dev.crema.nn.Net;
import dev.crema.nn.Program;
import dev.crema.nn.Shape;
import dev.crema.nn.Storage;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.JavaSource;
import dev.crema.train.NetYaml;
import dev.crema.train.Optimizer;
import dev.crema.train.Training;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks, and layers for them, in a single Java file. */
class JavaFileTest {
  private static final String IMPORTS =
      "import module dev.crema.train; import module dev.crema.nn;";
  private static final long SEED = 5;
  private static final float STEP = 0.01f;
  private static final double TOLERANCE = 3e-4;

  private static Experiment read(String text) {
    return JavaFile.experiment(Path.of("nets", "My.java"), new JavaSource("My.java", text));
  }

  /** The Java files that users are shown, by name. */
  static Map<String, String> documented() {
    return new Documented("docs/java.md").classes();
  }

  @Test
  void theReadmesNetworkCompiles() {
    String text = Objects.requireNonNull(new Documented("README.md").classes().get("MyNet.java"));
    Graph graph = Graph.of(read(text).net(), Shape.image(1, 28, 28));
    assertThat(graph.shape(graph.output())).isEqualTo(Shape.features(10));
  }

  private static Experiment documented(String name) {
    JavaSource source = new JavaSource(name, Objects.requireNonNull(documented().get(name)));
    return JavaFile.experiment(Path.of(name), source);
  }

  @Test
  void describesAnExperiment() {
    Experiment all =
        read(
            IMPORTS
                + """
                import module dev.crema.data;
                class My {
                  static Net net() { return Net.chain(new Flatten(), new Dense(10)); }
                  static Training training() { return new Training(Optimizer.sgd(0.3)).epochs(2); }
                  static Feed feed() { return new Feed("mnist").limit(50); }
                  static Loss loss() { return new Loss(Loss.Kind.CROSS_ENTROPY, 0.1); }
                }
                """);
    Net net = chain(new Flatten(), new Dense(10));
    assertThat(all)
        .isEqualTo(
            new Experiment(
                "My",
                net,
                NetYaml.write(net),
                new Feed("mnist").limit(50),
                new Loss(Loss.Kind.CROSS_ENTROPY, 0.1),
                new Training(Optimizer.sgd(0.3)).epochs(2)));
    Experiment least = read(IMPORTS + "interface A { static Net net() { return new Dense(10); } }");
    assertThat(least.training()).isEqualTo(new Training(Optimizer.adam(0.001)));
    assertThat(least.feed()).isEqualTo(new Feed("fashion-mnist"));
    assertThat(least.source()).as("YAML can say it").isEmpty();
  }

  @Test
  void saysWhatTheCompilerSays() {
    assertThatThrownBy(
            () -> read("class My {\n  static dev.crema.nn.Net net() { return new Dens(3) }\n}\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(Path.of("nets", "My.java") + ":2: error: ';' expected")
        .hasMessageContaining("return new Dens(3) }")
        .hasMessageEndingWith("1 error");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "class A {} class B {} | : expected one class with a method `static Net net()`, got A, B without it",
        "// nothing | got no class without it",
        "class A { static Net net() { return null; } } class B { static Net net() { return null; } } | got it in each of A, B",
        "class A { Net net() { return new Relu(); } } | in A: expected a method `static Net net()`, got `Net net()`",
        "class A { static int net() { return 1; } } | got `static int net()`",
        "class A { static Net net() { return new Relu(); } static int feed() { return 1; } } | expected a method `static Feed feed()`, got `static int feed()`",
        "class A { static Net net() { return null; } } | expected a Net of net(), got null",
        "class A { static Net net() { return new Dense(0); } } | .java:1: net(): units must be positive, got 0",
        "class A { static Net net() { throw new IllegalStateException(\"late\"); } } | .java:1: net(): java.lang.IllegalStateException: late",
        "class A { static int x = 1 / 0; static Net net() { return new Relu(); } } | .java:1: net(): java.lang.ArithmeticException: / by zero"
      })
  void saysWhatIsMissing(String text, String said) {
    assertThatThrownBy(() -> read(IMPORTS + text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(Path.of("nets", "My.java") + ":")
        .hasMessageContaining(said);
  }

  @Test
  void seesNoOtherFiles() {
    // a class of this very test, and of a library that Crema itself uses
    for (String other : List.of("dev.crema.cli.JavaFileTest", "picocli.CommandLine")) {
      assertThatThrownBy(() -> read("class My { %s other; }".formatted(other)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("error: ");
    }
  }

  @Test
  void whatIsDocumentedCompiles() {
    assertThat(documented())
        .containsOnlyKeys(
            "MyNet.java", "SwishNet.java", "ScaleNet.java", "OwnProgram.java", "Classify.java");
    documented()
        .forEach((name, text) ->
            assertThat(JavaCompilation.of(Path.of(name), text)).as(name).hasSize(1));
    for (String name : List.of("MyNet.java", "SwishNet.java", "ScaleNet.java")) {
      Experiment experiment = documented(name);
      Graph graph = Graph.of(experiment.net(), Shape.image(1, 28, 28));
      assertThat(graph.shape(graph.output())).isEqualTo(Shape.features(10));
      assertThat(experiment.name() + ".java").isEqualTo(name);
      assertThat(experiment.source().isPresent())
          .as("%s has a layer of its own", name)
          .isEqualTo(!name.equals("MyNet.java"));
    }
  }

  /** The documented layer of this name. */
  private static Net layer(String name) {
    Net.Chain chain = (Net.Chain) documented(name + "Net.java").net();
    return chain.nets().stream()
        .filter(net -> net.getClass().getSimpleName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aLayerOfOnesOwnComputesWhatItSays() {
    Net net = chain(layer("Swish"), new Flatten());
    Graph graph = Graph.of(net, Shape.image(2, 3, 4));
    try (Engine engine = new Engine(2)) {
      int count = 19;
      Program program = new Program(graph, Loss.of(net), Mode.INFER, 40, 0, engine);
      byte[] images = images(graph, count);
      program.run(images, new int[count], count, Key.of(0), new Program.Result());
      for (int i = 0; i < count; i++) {
        float[] output = program.output(i);
        for (int p = 0; p < output.length; p++) {
          double x = (images[i * output.length + p] & 0xFF) / 255.0;
          assertThat((double) output[p]).isCloseTo(x / (1 + Math.exp(-x)), within(1e-6));
        }
      }
    }
  }

  private static byte[] images(Graph graph, int count) {
    Key key = Key.of(SEED);
    byte[] images = new byte[count * graph.input().size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) key.below(256, i);
    }
    return images;
  }

  /**
   * Compares gradients with central differences of the loss, a mean of floats of about 2, each good
   * to 1e-7, which steps of 0.01 divide; the third derivative counts a few 1e-5 times. 1.3e-4 was
   * measured at most, and gradients are 0.2 as a rule.
   */
  @ParameterizedTest
  @ValueSource(strings = {"Swish", "Scale"})
  void theGradientsOfALayerOfOnesOwnAreItsSlopes(String name) {
    Net net =
        chain(
            new Conv2d(3, 2),
            layer(name), // behind a layer with a halo, and before one
            new Conv2d(4, 3).padding(1),
            new Flatten(),
            new Dense(6),
            layer(name),
            new Dense(5));
    Graph graph = Graph.of(net, Shape.image(1, 6, 5));
    int count = 37;
    byte[] images = images(graph, count);
    int[] labels = new int[count];
    Arrays.setAll(labels, i -> i % 5);
    try (Engine one = new Engine(1);
        Engine two = new Engine(2)) {
      Program program = new Program(graph, Loss.of(net), Mode.TRAIN, 64, 0, two);
      for (Storage storage : program.parameters()) {
        program.write(storage, draw(storage));
      }
      loss(program, images, labels);
      Program alone = new Program(graph, Loss.of(net), Mode.TRAIN, 64, 0, one);
      alone.copyParameters(program);
      loss(alone, images, labels);
      double steepest = 0;
      for (Storage storage : program.parameters()) {
        float[] gradient = alone.readGradient(storage);
        for (int i = 0; i < Math.min(4, gradient.length); i++) {
          double slope =
              (lossAt(program, storage, i, STEP, images, labels)
                      - lossAt(program, storage, i, -STEP, images, labels))
                  / (2 * STEP);
          assertThat((double) gradient[i])
              .as("seed %d: gradient %d of %s", SEED, i, storage.path())
              .isCloseTo(slope, within(TOLERANCE));
          steepest = Math.max(steepest, Math.abs(slope));
        }
      }
      assertThat(steepest).as("slopes to tell apart").isGreaterThan(100 * TOLERANCE);
      loss(program, images, labels);
      for (Storage storage : program.parameters()) {
        assertThat(program.readGradient(storage))
            .as("the same bits with two threads: %s", storage.path())
            .isEqualTo(alone.readGradient(storage));
      }
    }
  }

  /** Numbers that make those behind them of about 1. */
  private static float[] draw(Storage storage) {
    Key key = Key.of(SEED).fold(storage.path());
    float[] values = new float[storage.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * key.normal(i) / Math.sqrt(storage.parameter().fanIn()));
    }
    return values;
  }

  private static double loss(Program program, byte[] images, int[] labels) {
    Program.Result result = new Program.Result();
    program.run(images, labels, labels.length, Key.of(SEED), result);
    return result.loss() / labels.length;
  }

  /** The loss where one number of a parameter is another. */
  private static double lossAt(
      Program program, Storage storage, int i, float step, byte[] images, int[] labels) {
    float[] values = program.read(storage);
    float[] moved = values.clone();
    moved[i] += step;
    program.write(storage, moved);
    double loss = loss(program, images, labels);
    program.write(storage, values);
    return loss;
  }
}
