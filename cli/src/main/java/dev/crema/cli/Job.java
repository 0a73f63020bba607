package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.engine.Engine;
import dev.crema.nn.Graph;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Event;
import dev.crema.train.Experiment;
import dev.crema.train.Outcome;
import dev.crema.train.Run;
import dev.crema.train.Score;
import dev.crema.train.Trainer;
import dev.crema.train.tensorboard.TensorBoard;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A training that can begin: its data is loaded, and its network fits it.
 *
 * @param checkpointSeconds how old the last checkpoint may be
 */
record Job(
    Experiment experiment, Dataset data, Graph graph, int threads, double checkpointSeconds) {

  /**
   * Lays out the experiment's network for its data.
   *
   * @param where what names the experiment, for faults
   * @throws ConfigurationException if the network or what happens to the images does not fit them
   */
  static Job of(
      String where, Experiment experiment, Dataset data, int threads, double checkpointSeconds) {
    Graph graph = Session.trainable(where, experiment, data);
    return new Job(experiment, data, graph, threads, checkpointSeconds);
  }

  /**
   * Trains a run to its end, or until Ctrl-C, and says what came of it; returns the exit code.
   *
   * @param place gives the run's directory, once the training has its memory: what cannot begin
   *     leaves none behind
   */
  int run(Supplier<Run> place, WatchOptions watch, PrintWriter err, Output output) {
    return Interrupt.during(interrupt -> train(place, watch, interrupt, err, output), err);
  }

  private int train(
      Supplier<Run> place,
      WatchOptions watch,
      Interrupt interrupt,
      PrintWriter err,
      Output output) {
    try (Engine engine = new Engine(threads);
        Display display = watch.display(err)) {
      List<Consumer<Event>> listeners = new ArrayList<>(List.of(display));
      Trainer trainer =
          new Trainer(
                  experiment,
                  graph,
                  data,
                  engine,
                  event -> listeners.forEach(listener -> listener.accept(event)),
                  interrupt::asked)
              .checkpointSeconds(checkpointSeconds);
      Run run = place.get();
      try (Run.Lock _ = run.lock()) {
        if (!watch.tensorboard()) {
          return train(trainer, run, output);
        }
        try (TensorBoard board = tensorBoard(run, display)) {
          listeners.add(board);
          return train(trainer, run, output);
        }
      }
    }
  }

  private TensorBoard tensorBoard(Run run, Consumer<Event> warned) {
    Images train = experiment.feed().select(data, experiment.training().seed()).train();
    return new TensorBoard(
        run, experiment, graph, train, message -> warned.accept(new Event.Warned(0, message)));
  }

  private int train(Trainer trainer, Run run, Output output) {
    Outcome outcome = trainer.train(run);
    output.result(trainer.results(run, outcome), text(run, outcome));
    return outcome.interrupted() ? ExitCodes.INTERRUPTED : ExitCodes.DONE;
  }

  private String text(Run run, Outcome outcome) {
    if (outcome.interrupted()) {
      String net =
          experiment
              .source()
              .map(source -> " --net " + run.folder().resolve(source.file()))
              .orElse("");
      return "interrupted with %s of %s epochs done, and saved; continue with: crema resume %s%s"
          .formatted(outcome.epochs(), experiment.training().epochs(), run.folder(), net);
    }
    Score test = outcome.test().orElseThrow();
    String limit =
        experiment.feed().limit().isEmpty()
            ? ""
            : String.format(
                Locale.ROOT,
                " on %,d images",
                experiment.feed().select(data, experiment.training().seed()).test().count());
    return String.format(
        Locale.ROOT,
        "test accuracy %.4f, test loss %.4f%s after %d %s (%.1f s, %,.0f images/s); run: %s",
        test.accuracy(),
        test.loss(),
        limit,
        outcome.epochs(),
        outcome.epochs() == 1 ? "epoch" : "epochs",
        outcome.seconds(),
        outcome.imagesPerSecond(),
        run.folder());
  }
}
