package dev.crema.train.tensorboard;

import dev.crema.data.Grid;
import dev.crema.data.Images;
import dev.crema.nn.Graph;
import dev.crema.train.Checkpoint;
import dev.crema.train.CheckpointException;
import dev.crema.train.Event;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Finished;
import dev.crema.train.Event.LossesLogged;
import dev.crema.train.Event.ParameterMeasured;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Event.Validated;
import dev.crema.train.Experiment;
import dev.crema.train.Run;
import dev.crema.train.Score;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a training down for TensorBoard, in {@link Run#tensorboard}: losses, accuracies, learning
 * rate and speed as scalars, the parameters as histograms, samples of the data and the first
 * layer's filters as images, and the settings for its table of hyperparameters.
 *
 * <p>For one thread. A training that goes on writes one more file, which supersedes what happened
 * after the checkpoint. What cannot be written stops nothing and is reported once.
 */
public final class TensorBoard implements Consumer<Event>, AutoCloseable {
  private static final int MOST_SAMPLES = 100;
  private static final int COLUMNS = 10;

  /** The pixels of all samples together. */
  private static final int MOST_PIXELS = 1 << 20;

  private final Run run;
  private final Experiment experiment;
  private final Graph graph;
  private final Images samples;
  private final Consumer<String> trouble;
  private final InstantSource clock;
  private @Nullable EventFile file;

  /**
   * Writes nothing before the training starts.
   *
   * @param graph the network, laid out for the data
   * @param train what it learns from; the first of these images are shown
   * @param trouble is told what cannot be written, and why
   */
  public TensorBoard(
      Run run, Experiment experiment, Graph graph, Images train, Consumer<String> trouble) {
    this(run, experiment, graph, train, trouble, InstantSource.system());
  }

  TensorBoard(
      Run run,
      Experiment experiment,
      Graph graph,
      Images train,
      Consumer<String> trouble,
      InstantSource clock) {
    this.run = run;
    this.experiment = experiment;
    this.graph = graph;
    int most = Math.clamp(MOST_PIXELS / (train.height() * train.width()), 1, MOST_SAMPLES);
    samples = train.first(Math.min(most, train.count()));
    this.trouble = trouble;
    this.clock = clock;
  }

  @Override
  public void accept(Event event) {
    switch (event) {
      case Started e -> start(e);
      case StepLogged e ->
          write(
              e,
              Value.scalar("learning_rate", e.lr()),
              Value.scalar("images_per_second", e.imagesPerSecond()));
      case LossesLogged e -> losses(e);
      case ParameterMeasured e -> measured(e);
      case Validated e -> write(e, score("validation", Optional.of(e.validation())));
      case EpochEnded e -> {
        write(e, score("train", Optional.of(e.train())));
        write(e, score("validation", e.validation()));
        write(e, score("test", e.test()));
      }
      case Finished e -> {
        write(e, score("test", e.test()));
        filters().ifPresent(png -> write(e, Value.image("images/filters", png)));
        write(e, Hyperparameters.end(true, clock.instant()));
      }
      case Event.Diverged e -> write(e, Hyperparameters.end(false, clock.instant()));
      // one that is interrupted has not ended
      case Event.Resumed _,
          Event.CheckpointSaved _,
          Event.Warned _,
          Event.StoppedEarly _,
          Event.Interrupted _ -> {}
    }
  }

  private void start(Started e) {
    boolean goesOn = EventFile.count(run.tensorboard()) > 0;
    EventFile begun = EventFile.in(run.tensorboard(), clock, trouble);
    file = begun;
    if (goesOn) {
      begun.restart(e.step() == 0 ? 0 : e.step() + 1);
    }
    if (!goesOn || e.step() == 0) {
      List<Message> values =
          new ArrayList<>(Hyperparameters.start(experiment, metrics(), clock.instant()));
      if (samples.count() > 0 && (samples.channels() == 1 || samples.channels() == 3)) {
        values.add(Value.image("images/samples", Grid.png(samples, COLUMNS)));
      }
      write(e, values);
    }
  }

  private List<String> metrics() {
    List<String> metrics = new ArrayList<>(List.of("accuracy/test", "loss/test"));
    if (experiment.training().validation() > 0) {
      metrics.addAll(List.of("accuracy/validation", "loss/validation"));
    }
    metrics.addAll(List.of("accuracy/train", "loss/train"));
    return metrics;
  }

  private void losses(LossesLogged e) {
    e.forEach((step, loss) -> write(step, List.of(Value.scalar("loss/batch", loss))));
  }

  private void measured(ParameterMeasured e) {
    List<Message> values = new ArrayList<>();
    values.add(Value.histogram("parameters/" + e.parameter(), e));
    e.updateRatio()
        .ifPresent(ratio -> values.add(Value.scalar("update_ratio/" + e.parameter(), ratio)));
    write(e, values);
  }

  private static List<Message> score(String of, Optional<Score> score) {
    return score
        .map(figures ->
            List.of(
                Value.scalar("loss/" + of, figures.loss()),
                Value.scalar("accuracy/" + of, figures.accuracy())))
        .orElse(List.of());
  }

  private Optional<byte[]> filters() {
    try {
      return Filters.png(graph, Checkpoint.read(run.checkpoints().last()).weights());
    } catch (CheckpointException e) {
      trouble.accept("no filters for TensorBoard: " + e.getMessage());
      return Optional.empty();
    }
  }

  private void write(Event at, Message... values) {
    write(at, List.of(values));
  }

  private void write(Event at, List<Message> values) {
    write(at.step(), values);
  }

  private void write(long step, List<Message> values) {
    if (file != null && !values.isEmpty()) {
      file.write(step, values);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
