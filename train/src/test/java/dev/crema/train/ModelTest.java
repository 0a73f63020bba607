package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.DataException;
import dev.crema.data.ImageFile;
import dev.crema.data.Images;
import dev.crema.engine.Engine;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import dev.crema.nn.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelTest {
  private static final int SEED = 11;
  private static final Net NET =
      Net.chain(
          new Conv2d(8, 3), new Relu(), new Flatten(), new Dense(200), new Relu(), new Dense(5));
  private static final Graph GRAPH = Graph.of(NET, Shape.image(1, 12, 12));
  private static final List<byte[]> PICTURES = pictures(40);

  @TempDir private static Path folder;

  private static List<byte[]> pictures(int count) {
    Random random = new Random(SEED);
    return IntStream.range(0, count)
        .mapToObj(i -> {
          byte[] pixels = new byte[12 * 12];
          random.nextBytes(pixels);
          return pixels;
        })
        .toList();
  }

  private static Model model(Engine engine) {
    Model model = new Model(GRAPH, Loss.of(NET), 1, engine);
    Random random = new Random(SEED);
    for (var storage : model.program().parameters()) {
      float[] values = new float[storage.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian() / 4;
      }
      model.program().write(storage, values);
    }
    return model;
  }

  /** A model for each caller, or one for all, while a training goes on: the answers given alone. */
  @ParameterizedTest(name = "{1} callers on {0} threads, one model for all: {2}")
  @CsvSource({
    "1, 4, false",
    "2, 2, false",
    "2, 8, false",
    "3, 4, false",
    "1, 4, true",
    "2, 4, true"
  })
  @Timeout(120)
  void answersSeveralThreads(int engineThreads, int callers, boolean shared)
      throws InterruptedException {
    try (Engine engine = new Engine(engineThreads)) {
      Model first = model(engine);
      List<float[]> alone = PICTURES.stream().map(first::probabilities).toList();
      AtomicInteger wrong = new AtomicInteger();
      AtomicBoolean ended = new AtomicBoolean();
      Thread training = Thread.ofPlatform().daemon().start(() -> train(engine, ended));
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < callers; t++) {
        threads.add(
            Thread.ofPlatform()
                .daemon()
                .start(() -> {
                  Model model = shared ? first : model(engine);
                  for (int i = 0; i < 10 * PICTURES.size(); i++) {
                    int picture = i % PICTURES.size();
                    if (!Arrays.equals(
                        model.probabilities(PICTURES.get(picture)), alone.get(picture))) {
                      wrong.incrementAndGet();
                    }
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      ended.set(true);
      training.join();
      assertThat(wrong).as("wrong answers, seed %d", SEED).hasValue(0);
    }
  }

  private static void train(Engine engine, AtomicBoolean ended) {
    while (!ended.get()) {
      Experiment experiment = TrainerTest.experiment(0.01);
      Run run = Run.create(folder.resolve("run-" + System.nanoTime()), experiment);
      TrainerTest.train(run, experiment, engine);
    }
  }

  @Test
  void refusesWhatIsNotOneImage() {
    try (Engine engine = new Engine(1)) {
      Model model = model(engine);
      for (int size : new int[] {0, 143, 145, 288}) {
        assertThatThrownBy(() -> model.probabilities(new byte[size]))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(
                "expected the 144 pixels of one image of [1, 12, 12], got " + size + " bytes");
      }
      assertThatThrownBy(() -> model.score(new Images(5, 3, 12, 12, new byte[432], new byte[1])))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("expected images of 1 channels, got 1 images of 3x12x12 in 5 classes");
      assertThatThrownBy(() -> model.score(new Images(5, 1, 12, 12, new byte[0], new byte[0])))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("expected at least one image to score");
      assertThatThrownBy(() ->
              model.load(new Checkpoint(0, 0, 0, 0, Map.of(), Map.of(), Map.of()), Path.of("file")))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("it belongs to another network");
    }
  }

  /** The data set of these runs is on no disk. */
  @Test
  void opensARunWithoutItsData(@TempDir Path folder) throws IOException {
    Experiment experiment = TrainerTest.experiment(0.01);
    Run run = Run.create(folder.resolve("run"), experiment);
    try (Engine engine = new Engine(1)) {
      assertThatThrownBy(() -> Model.open(run, experiment, engine))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("its training has saved none yet");
      TrainerTest.train(run, experiment, engine);
      Model model = Model.open(run, experiment, engine);
      assertThat(model.input()).isEqualTo(Shape.image(1, 14, 12));
      assertThat(model.classes()).containsExactly("top", "middle", "bottom");

      Path picture = folder.resolve("bottom.png");
      BufferedImage image = new BufferedImage(24, 28, BufferedImage.TYPE_BYTE_GRAY);
      for (int y = 0; y < 28; y++) {
        for (int x = 0; x < 24; x++) {
          image.getRaster().setSample(x, y, 0, 75 + (y > 19 ? 60 : 0));
        }
      }
      ImageIO.write(image, "png", picture.toFile());
      List<Model.Likely> likely = model.classify(picture);
      assertThat(likely).extracting(Model.Likely::name).first().isEqualTo("bottom");
      byte[] pixels = ImageFile.read(picture, 1, 14, 12, false);
      assertThat(likely).isEqualTo(model.classify(pixels));
      float[] probabilities = model.probabilities(pixels);
      assertThat(likely).contains(new Model.Likely("middle", probabilities[1])).hasSize(3);

      Files.delete(run.folder().resolve("data.json")); // as of an older version
      assertThatThrownBy(() -> Model.open(run, experiment, engine))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith(run.folder() + ": an older version of Crema trained this run")
          .hasMessageContaining("thirds: expected the name of a dataset");
      try (var files = Files.newDirectoryStream(run.checkpoints().folder())) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
      assertThatThrownBy(() -> Model.open(run, experiment, engine))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("but they are gone");
    }
  }

  @Test
  void namesClassesWithoutNamesByTheirNumbers() {
    try (Engine engine = new Engine(1)) {
      assertThat(model(engine).classes()).containsExactly("0", "1", "2", "3", "4");
    }
  }
}
