package dev.crema.studio.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.Dataset;
import dev.crema.data.Datasets;
import dev.crema.data.Size;
import dev.crema.engine.Engine;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.NetYaml;
import dev.crema.train.Optimizer;
import dev.crema.train.Run;
import dev.crema.train.Trainer;
import dev.crema.train.Training;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictorTest {
  private static final Path SAMPLE = Path.of("../data/src/test/resources/fashion-sample");
  private static final Net NET = Net.chain(new Flatten(), new Dense(10));

  @TempDir private Path folder;

  /** Knows the one experiment. */
  private record Known(Experiment experiment) implements Workshop {
    @Override
    public List<String> nets() {
      return List.of();
    }

    @Override
    public List<String> datasets() {
      return List.of();
    }

    @Override
    public Experiment experiment(Run run) {
      return experiment;
    }

    @Override
    public Process start(List<String> arguments) {
      throw new AssertionError("nothing is to be started");
    }
  }

  private Path copyData() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    try (var files = Files.newDirectoryStream(SAMPLE, "*.gz")) {
      for (Path file : files) {
        Files.copy(file, data.resolve(file.getFileName()));
      }
    }
    Files.write(data.resolve("classes.txt"), List.of("a\nb\nc\nd\ne\nf\ng\nh\ni\nj"));
    return data;
  }

  private static byte[] picture() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(50, 40, BufferedImage.TYPE_BYTE_GRAY), "png", bytes);
    return bytes.toByteArray();
  }

  @Test
  void answersOnceTheDataOfTheRunIsGone() throws IOException {
    Path data = copyData();
    Experiment experiment =
        new Experiment(
            "plain",
            NET,
            NetYaml.write(NET),
            new Feed(data.toString()).resize(Optional.of(new Size(20, 24))),
            Loss.of(NET),
            new Training(Optimizer.adam(0.01)).epochs(1));
    Run run = Run.create(folder.resolve("run"), experiment);
    try (Engine engine = new Engine(1)) {
      Dataset images = Datasets.load(data.toString());
      Graph graph = Graph.of(NET, experiment.feed().input(images.train()));
      new Trainer(experiment, graph, images, engine, event -> {}, () -> false).train(run);
    }
    Files.move(data, folder.resolve("moved"));
    try (Predictor predictor = new Predictor(new Known(experiment))) {
      Map<String, Object> answer = predictor.predict(Summary.of("id", run), picture(), false);
      assertThat(answer).containsEntry("height", 20).containsEntry("width", 24);
      assertThat((List<?>) answer.get("classes"))
          .extracting("name")
          .containsExactlyInAnyOrder("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
    }
    Files.delete(run.folder().resolve("data.json")); // as of an old version
    try (Predictor predictor = new Predictor(new Known(experiment))) {
      assertThatThrownBy(() -> predictor.predict(Summary.of("id", run), picture(), false))
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("did not keep its image size and class names");
    }
  }
}
