package dev.crema.train.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.data.Images;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import dev.crema.train.Checkpoint;
import dev.crema.train.Event;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Finished;
import dev.crema.train.Event.LossesLogged;
import dev.crema.train.Event.ParameterMeasured;
import dev.crema.train.Event.Resumed;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Event.Validated;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.Optimizer;
import dev.crema.train.Run;
import dev.crema.train.Score;
import dev.crema.train.Tensor;
import dev.crema.train.Training;
import dev.crema.train.tensorboard.Records.Blob;
import dev.crema.train.tensorboard.Records.Shown;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000L));
  private static final Net NET = Net.chain(new Conv2d(2, 3), new Flatten(), new Dense(2));
  private static final Graph GRAPH = Graph.of(NET, Shape.image(1, 4, 4));
  private static final Images IMAGES = new Images(2, 1, 4, 4, new byte[12 * 16], new byte[12]);
  private static final Experiment EXPERIMENT =
      new Experiment(
          "small",
          NET,
          "small",
          new Feed("made"),
          Loss.of(NET),
          new Training(Optimizer.sgd(0.1)).validation(0.2));

  private static final List<Event> EVENTS =
      List.of(
          started(0),
          new ParameterMeasured(
              0, 0, "0.weight", 0.5, 0.25, -1, 2, List.of(3, 0, 1), Optional.empty()),
          new StepLogged(10, 0, 2.5, 0.125, 1000),
          new Validated(15, 0, new Score(0.75, 0.25), 0.5),
          new LossesLogged(30, 0, 10, 10, List.of(2.5, Double.NaN, 1.5)),
          new EpochEnded(
              30, 1, new Score(2, 0.5), Optional.of(new Score(1, 0.75)), Optional.empty(), 1),
          new ParameterMeasured(
              30, 1, "0.weight", 0.5, 0.25, -1, 2, List.of(3, 0, 1), Optional.of(0.5)),
          new Finished(30, 1, new Score(2, 0.5), Optional.of(new Score(4, 0.625)), 1));

  @TempDir private Path folder;
  private final List<String> trouble = new ArrayList<>();

  private static Event started(long step) {
    return new Started(step, "small", "made", 1, 1, 4, 1, 30, 40);
  }

  private Run run() {
    Run run = Run.create(folder.resolve("run"), EXPERIMENT);
    float[] weights = new float[18];
    weights[4] = 2;
    weights[9] = -1;
    run.checkpoints()
        .saveLast(
            new Checkpoint(
                1,
                0,
                30,
                1,
                Map.of("0.weight", new Tensor.Floats(List.of(2, 1, 3, 3), weights)),
                Map.of(),
                Map.of()));
    return run;
  }

  private void tell(Run run, Event... events) {
    try (TensorBoard board = new TensorBoard(run, EXPERIMENT, GRAPH, IMAGES, trouble::add, CLOCK)) {
      Arrays.stream(events).forEach(board);
    }
  }

  private static List<Path> files(Run run) throws IOException {
    try (var files = Files.list(run.tensorboard())) {
      return files.sorted().toList();
    }
  }

  private Run told() {
    Run run = run();
    tell(run, EVENTS.toArray(Event[]::new));
    return run;
  }

  @Test
  void theReaderKnowsTheChecksum() {
    assertThat(Records.crc32c("123456789".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(0xe3069283);
    assertThat(Records.crc32c(new byte[32])).as("RFC 3720, B.4").isEqualTo(0x8a9136aa);
  }

  @Test
  void showsScalarsAtTheirSteps() throws IOException {
    List<Shown> shown = Records.read(Files.readAllBytes(files(told()).getFirst()));
    assertThat(shown)
        .filteredOn(one -> one.value() instanceof Float)
        .containsExactly(
            new Shown(10, "learning_rate", 0.125f),
            new Shown(10, "images_per_second", 1000f),
            new Shown(15, "loss/validation", 0.75f),
            new Shown(15, "accuracy/validation", 0.25f),
            new Shown(10, "loss/batch", 2.5f),
            new Shown(20, "loss/batch", Float.NaN),
            new Shown(30, "loss/batch", 1.5f),
            new Shown(30, "loss/train", 2f),
            new Shown(30, "accuracy/train", 0.5f),
            new Shown(30, "loss/validation", 1f),
            new Shown(30, "accuracy/validation", 0.75f),
            new Shown(30, "update_ratio/0.weight", 0.5f),
            new Shown(30, "loss/test", 4f),
            new Shown(30, "accuracy/test", 0.625f));
    assertThat(shown)
        .filteredOn(one -> one.value() instanceof Blob)
        .extracting(Shown::tag)
        .containsExactly(
            "_hparams_/experiment",
            "_hparams_/session_start_info",
            "images/samples",
            "parameters/0.weight",
            "parameters/0.weight",
            "images/filters",
            "_hparams_/session_end_info");
    assertThat(trouble).isEmpty();
  }

  @Test
  void drawsSamplesAndFilters() throws IOException {
    List<Shown> shown = Records.read(Files.readAllBytes(files(told()).getFirst()));
    var samples = picture(shown, "images/samples");
    assertThat(List.of(samples.getWidth(), samples.getHeight()))
        .as("12 images of 4 x 4, twice as large, in rows of 10")
        .containsExactly(4 + 10 * (8 + 4), 4 + 2 * (8 + 4));
    var filters = picture(shown, "images/filters");
    int size = 2 * 9 * 3; // 3 rows of 9 pixels, twice as large
    assertThat(List.of(filters.getWidth(), filters.getHeight()))
        .containsExactly(4 + 2 * (size + 4), 4 + size + 4);
    assertThat(filters.getRGB(4 + size / 2, 4 + size / 2) & 0xffffff)
        .as("the largest weight, in the middle of the first")
        .isEqualTo(0xffffff);
    assertThat(filters.getRGB(4 + 1, 4 + 1) & 0xffffff).as("a weight of 0").isEqualTo(0x808080);
    assertThat(filters.getRGB(4 + size + 4 + 1, 4 + 1) & 0xff)
        .as("half of the largest, negative, in the corner of the second")
        .isEqualTo(Math.round(128 - 127 / 2.0f));
  }

  private static java.awt.image.BufferedImage picture(List<Shown> shown, String tag)
      throws IOException {
    Blob image =
        (Blob)
            shown.stream().filter(one -> one.tag().equals(tag)).findFirst().orElseThrow().value();
    Blob png = (Blob) Records.all(image.bytes(), 4).getFirst();
    var picture = ImageIO.read(new ByteArrayInputStream(png.bytes()));
    assertThat(Records.all(image.bytes(), 1)).containsExactly((long) picture.getHeight());
    assertThat(Records.all(image.bytes(), 2)).containsExactly((long) picture.getWidth());
    return picture;
  }

  @Test
  void goesOnInAnotherFileThatSupersedesWhatCameAfterTheCheckpoint() throws IOException {
    Run run = told();
    tell(run, started(20), new Resumed(20, 0, "checkpoint-20"), EVENTS.get(5));
    assertThat(files(run)).hasSize(2);
    List<Shown> second = Records.read(Files.readAllBytes(files(run).getLast()));
    assertThat(second.getFirst()).extracting(Shown::step, Shown::tag).containsExactly(21L, "START");
    assertThat(Records.all(((Blob) second.getFirst().value()).bytes(), 1))
        .as("SessionLog.START")
        .containsExactly(1L);
    assertThat(second)
        .extracting(Shown::tag)
        .contains("loss/train")
        .doesNotContain("images/samples");

    tell(run, started(0));
    List<Shown> anew = Records.read(Files.readAllBytes(files(run).getLast()));
    assertThat(anew.getFirst()).extracting(Shown::step, Shown::tag).containsExactly(0L, "START");
    assertThat(anew).extracting(Shown::tag).contains("images/samples");
  }

  @Test
  void aTornLastRecordSpoilsNoneBeforeIt() throws IOException {
    byte[] whole = Files.readAllBytes(files(told()).getFirst());
    int records = Records.split(whole).size();
    int last = Records.split(whole).getLast().length + 16;
    for (int cut = 1; cut <= last; cut++) {
      assertThat(Records.split(Arrays.copyOf(whole, whole.length - cut))).hasSize(records - 1);
    }
  }

  /** /dev/full takes no byte, as a full disk. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskIsReportedOnceAndStopsNothing() throws IOException {
    Run run = told();
    Path first = files(run).getFirst();
    Path second = first.resolveSibling(first.getFileName().toString().replaceFirst("0$", "1"));
    Files.createSymbolicLink(second, Path.of("/dev/full"));
    Files.delete(first);
    tell(run, EVENTS.toArray(Event[]::new));
    assertThat(trouble)
        .singleElement()
        .asString()
        .startsWith(second + ": events for TensorBoard are lost: ")
        .endsWith("the training goes on without them");
  }

  @Test
  void writesAgainOnceThereIsRoom() throws IOException {
    Run run = run();
    Files.writeString(run.tensorboard(), "in the way");
    try (TensorBoard board = new TensorBoard(run, EXPERIMENT, GRAPH, IMAGES, trouble::add, CLOCK)) {
      board.accept(EVENTS.get(0));
      board.accept(EVENTS.get(2));
      assertThat(trouble).hasSize(1);
      Files.delete(run.tensorboard());
      board.accept(EVENTS.get(3));
    }
    assertThat(Records.read(Files.readAllBytes(files(run).getFirst())))
        .extracting(Shown::step)
        .containsExactly(15L, 15L);
  }

  @Test
  void filtersThatCannotBeReadAreReported() throws IOException {
    Run run = run();
    Files.delete(run.checkpoints().last());
    tell(run, EVENTS.toArray(Event[]::new));
    assertThat(trouble).singleElement().asString().contains("no filters for TensorBoard");
  }
}
