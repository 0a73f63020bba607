package dev.crema.train;

import dev.crema.data.Batch;
import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.data.Loader;
import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import dev.crema.nn.Graph;
import dev.crema.nn.Mode;
import dev.crema.nn.NetworkException;
import dev.crema.nn.NonFinite;
import dev.crema.nn.Program;
import dev.crema.nn.Storage;
import dev.crema.nn.Summary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Trains one experiment in one run directory, from the start or from its newest good checkpoint.
 *
 * <p>The test set is used once, after the last epoch, on the last weights or, where the best are to
 * be kept, on those that did best on the held-out data. All that a step depends on is in the
 * checkpoint, so a resumed run ends in the same bits as one that was never stopped.
 */
public final class Trainer {
  private static final long LOG_EVERY = 10;

  /** The most of the images learned from that the final weights are scored on. */
  private static final int FIT_IMAGES = 10_000;

  /** Of the time of training: batches are told no more often than that allows. */
  private static final double TELLING_SHARE = 0.0025;

  /** Of the time of training: parameters are measured no more often than that allows. */
  private static final double MEASURING_SHARE = 0.005;

  /** After an epoch, a checkpoint younger than this is as good as a new one. */
  private static final double LEAST_CHECKPOINT_SECONDS = 1;

  /** How often a checkpoint is written within an epoch, unless said otherwise. */
  public static final double CHECKPOINT_SECONDS = 60;

  private final Experiment experiment;
  private final Training training;
  private final Engine engine;
  private final Consumer<Event> listener;
  private final BooleanSupplier stop;
  private final Optional<Images> validationImages;
  private final Images fitImages;
  private final Images testImages;
  private final CompletableFuture<DataNote> dataNote;
  private final Key key;
  private final Graph graph;
  private final Program program;
  private final Model model;
  private final Updater updater;
  private final Gauge gauge;
  private final Loader loader;
  private final long lastStep;

  // Where the training stands; what a checkpoint holds besides the weights.
  private int epoch;
  private long stepInEpoch;
  private long step;
  private double lossSum;
  private long correct;
  private long seen;
  private double seconds;
  private double epochSeconds;
  private double best = Double.NaN;
  private int bestEpoch = -1;
  private Score lastTrain = new Score(Double.NaN, Double.NaN);
  private long trainedHere;
  private double secondsHere;
  private final List<Double> losses = new ArrayList<>();
  private long firstLoss;
  private double checkpointSeconds = CHECKPOINT_SECONDS;
  private long savedNanos;

  /**
   * Compiles the network; nothing is written yet.
   *
   * @param graph its network, laid out for {@link Feed#input}
   * @param data all of it; the experiment's feed selects
   * @param listener is told every event, on the calling thread
   * @param stop asked after every step; true saves a checkpoint and ends the training
   * @throws NetworkException if the network and the batch do not fit into memory
   */
  public Trainer(
      Experiment experiment,
      Graph graph,
      Dataset data,
      Engine engine,
      Consumer<Event> listener,
      BooleanSupplier stop) {
    this.experiment = experiment;
    this.training = experiment.training();
    this.engine = engine;
    this.listener = listener;
    this.stop = stop;
    this.graph = graph;
    key = Key.of(training.seed());
    Dataset used = experiment.feed().select(data, training.seed());
    int held = (int) Math.round(training.validation() * used.train().count());
    Images trainImages = used.train();
    if (held > 0) {
      Images.Split split = trainImages.split(held, key);
      trainImages = split.train();
      validationImages = Optional.of(split.validation());
    } else {
      validationImages = Optional.empty();
    }
    fitImages =
        trainImages.count() <= FIT_IMAGES
            ? trainImages
            : trainImages.sample(FIT_IMAGES, key.fold("fit"));
    testImages = used.test();
    loader = experiment.feed().loader(trainImages, training.batch(), key);
    lastStep =
        Math.min(
            (long) loader.steps() * training.epochs(), training.steps().orElse(Long.MAX_VALUE));
    // on a thread of its own: it takes a while, and the compiling and warming up takes longer
    dataNote = CompletableFuture.supplyAsync(() -> DataNote.of(experiment.feed().data(), data));
    program =
        new Program(
            graph,
            experiment.loss(),
            Mode.TRAIN,
            training.batch(),
            training.optimizer().slots().size(),
            engine);
    updater = new Updater(training.optimizer());
    gauge = new Gauge(program);
    model =
        new Model(
            graph.input(),
            experiment.loss(),
            new Program(graph, experiment.loss(), Mode.INFER, training.batch(), 0, engine));
  }

  /**
   * Also writes a checkpoint within an epoch when the last one is older than this; there is one
   * after each epoch anyway, unless the last one is younger than a second.
   *
   * @param seconds 0 for one after every step
   */
  public Trainer checkpointSeconds(double seconds) {
    if (!(seconds >= 0)) {
      throw new IllegalArgumentException("expected seconds of 0 or more, got " + seconds);
    }
    checkpointSeconds = seconds;
    return this;
  }

  /**
   * Warms up and trains to the end, or until asked to stop: from the run's newest good checkpoint,
   * if it has one. At the end the run has its results.
   *
   * @throws CheckpointException if the run has checkpoints, and all are damaged
   * @throws ConfigurationException if the run began with other data
   */
  public Outcome train(Run run) {
    List<String> warnings = new ArrayList<>();
    Optional<Checkpoint> newest = run.checkpoints().latestGood(warnings::add);
    Optional<DataNote> noted = run.data();
    noted
        .flatMap(note -> note.fault(dataNote.join()))
        .ifPresent(fault -> {
          throw new ConfigurationException(run.folder() + ": " + fault);
        });
    program.warmUp(updater.operator());
    model.program().warmUp();
    if (noted.isEmpty()) {
      run.writeData(dataNote.join());
    }
    if (newest.isPresent()) {
      restore(newest.get(), run.checkpoints().folder());
    } else {
      program.initialize(key.fold("init"));
    }
    try (Diary diary = new Diary(run, newest.isPresent() ? step : -1, listener)) {
      diary.add(started());
      warnings.forEach(message -> diary.add(new Event.Warned(step, message)));
      if (newest.isPresent()) {
        diary.add(new Event.Resumed(step, epoch, "checkpoint-" + step));
      } else {
        gauge.measure(step, epoch).forEach(diary::add);
      }
      diary.tell();
      savedNanos = System.nanoTime();
      return trainEpochs(diary);
    }
  }

  /** What came of a run, by the names in its {@code results.json}. */
  public Map<String, Object> results(Run run, Outcome outcome) {
    Map<String, Object> results = new LinkedHashMap<>();
    results.put("run", run.folder().toString());
    results.put("net", experiment.name());
    results.put("data", experiment.feed().data());
    experiment.feed().limit().ifPresent(limit -> results.put("limit", limit));
    results.put("input", graph.input().dims());
    results.put("seed", training.seed());
    results.put("threads", engine.workers().count());
    results.putAll(outcome.toMap());
    return results;
  }

  private Event started() {
    return new Event.Started(
        step,
        experiment.name(),
        experiment.feed().data(),
        training.seed(),
        Math.toIntExact((lastStep + loader.steps() - 1) / loader.steps()),
        training.batch(),
        engine.workers().count(),
        loader.steps(),
        parameters());
  }

  private Outcome trainEpochs(Diary diary) {
    boolean early = isEnough(); // when it was killed between its last checkpoint and its end
    Optional<Score> validation = Optional.empty();
    while (step < lastStep && !early) {
      if (!trainEpoch(diary)) {
        save(diary);
        diary.add(new Event.Interrupted(step, epoch));
        return outcome(Optional.empty(), Optional.empty(), Optional.empty(), true);
      }
      lastTrain = new Score(lossSum / seen, (double) correct / seen);
      validation = validationImages.map(this::score);
      epoch++;
      stepInEpoch = 0;
      lossSum = 0;
      correct = 0;
      seen = 0;
      diary.add(
          new Event.EpochEnded(step, epoch, lastTrain, validation, Optional.empty(), epochSeconds));
      epochSeconds = 0;
      early = validation.isPresent() && judge(validation.get(), diary);
      if (early
          || step == lastStep
          || secondsUnsaved() >= Math.min(checkpointSeconds, LEAST_CHECKPOINT_SECONDS)) {
        save(diary);
      }
    }
    Checkpoints checkpoints = diary.run().checkpoints();
    Checkpoint chosen =
        training.keepBest().isPresent() ? Checkpoint.read(checkpoints.best()) : checkpoint(diary);
    checkpoints.saveLast(chosen);
    model.load(chosen, checkpoints.folder());
    Score fit = model.score(fitImages);
    if (training.keepBest().isPresent() || validation.isEmpty()) {
      validation = validationImages.map(model::score); // else that of the last epoch
    }
    Model.Tested tested = model.test(testImages);
    Optional<Score> test = Optional.of(tested.score());
    tested.predictions().write(diary.run().predictions());
    Outcome outcome = outcome(Optional.of(fit), validation, test, false);
    diary.add(new Event.Finished(step, epoch, lastTrain, test, seconds));
    diary.tell();
    diary
        .run()
        .writeResults(results(diary.run(), outcome)); // the last: with it, the run is finished
    return outcome;
  }

  /** Trains the rest of the epoch; false if it was stopped before its end. */
  private boolean trainEpoch(Diary diary) {
    Program.Result result = new Program.Result();
    long lastTime = System.nanoTime();
    long loggedSeen = seen;
    double loggedSeconds = seconds;
    try (Loader.Epoch batches = loader.epoch(epoch, (int) stepInEpoch)) {
      while (step < lastStep && batches.next()) {
        Batch batch = batches.batch();
        Key randomness = key.fold("step").fold(step);
        program.run(batch.pixels(), batch.labels(), batch.count(), randomness, result);
        double norm = program.gradientNorm();
        if (!Double.isFinite(result.loss()) || !Double.isFinite(norm)) {
          throw diverged(
              step + 1,
              NonFinite.find(
                  program, batch.pixels(), batch.labels(), batch.count(), randomness, result),
              "the weights were not touched",
              diary);
        }
        double rate =
            training.optimizer().lr() * training.schedule().factor(step, lastStep, loader.steps());
        updater.set(rate, clip(norm), step + 1);
        boolean measured =
            Gauge.isDue(step + 1, loader.steps(), lastStep, watching(diary) <= MEASURING_SHARE);
        if (measured) {
          gauge.remember();
        }
        program.update(updater);
        step++;
        stepInEpoch++;
        lossSum += result.loss();
        correct += result.correct();
        seen += result.images();
        if (step % LOG_EVERY == 0) {
          firstLoss = losses.isEmpty() ? step : firstLoss;
          losses.add(Math.rint(result.loss() / result.images() * 1e6) / 1e6);
        }
        long now = System.nanoTime();
        seconds += (now - lastTime) * 1e-9;
        secondsHere += (now - lastTime) * 1e-9;
        epochSeconds += (now - lastTime) * 1e-9;
        trainedHere += result.images();
        lastTime = now;
        if (measured || (step % LOG_EVERY == 0 && watching(diary) <= TELLING_SHARE)) {
          diary.add(
              new Event.StepLogged(
                  step,
                  epoch,
                  result.loss() / result.images(),
                  rate,
                  (seen - loggedSeen) / (seconds - loggedSeconds)));
          loggedSeen = seen;
          loggedSeconds = seconds;
          if (measured) {
            gauge.measure(step, epoch).forEach(diary::add);
          }
        }
        boolean within = stepInEpoch < loader.steps() && step < lastStep;
        if (within && step % training.validateEvery().orElse(Long.MAX_VALUE) == 0) {
          Score validation = score(validationImages.orElseThrow());
          diary.add(new Event.Validated(step, epoch, validation, seconds));
          lastTime = System.nanoTime();
        }
        if (stop.getAsBoolean() && within) {
          return false;
        }
        diary.tellDue();
        if (within && secondsUnsaved() >= checkpointSeconds) {
          save(diary);
          lastTime = System.nanoTime();
        }
      }
    }
    return true;
  }

  /** The share of the time so far that went into measuring and telling. */
  private double watching(Diary diary) {
    return (diary.seconds() + gauge.seconds()) / secondsHere;
  }

  private DivergedException diverged(long number, NonFinite first, String kept, Diary diary) {
    addLosses(diary);
    diary.add(new Event.Diverged(step, epoch, first.layer(), first.what()));
    String good =
        diary
            .run()
            .checkpoints()
            .newest()
            .map(file -> "the last good checkpoint is " + file)
            .orElse("no checkpoint was written yet");
    return new DivergedException(
        "diverged at step %d (epoch %d): the first that is not finite is %s; %s, and %s; train anew with a smaller learning rate or with gradient clipping"
            .formatted(number, (number - 1) / loader.steps() + 1, first.what(), kept, good));
  }

  private double clip(double norm) {
    OptionalDouble limit = training.clip();
    return limit.isPresent() && norm > limit.getAsDouble() ? limit.getAsDouble() / norm : 1;
  }

  /** Keeps the best so far; true if early stopping says that this was enough. */
  private boolean judge(Score validation, Diary diary) {
    Metric metric =
        training
            .keepBest()
            .or(() -> training.earlyStopping().map(EarlyStopping::metric))
            .orElse(Metric.ACCURACY);
    double delta = training.earlyStopping().map(EarlyStopping::minDelta).orElse(0.0);
    double number = metric.of(validation);
    if (bestEpoch < 0 || metric.gain(number, best) > delta) {
      best = number;
      bestEpoch = epoch;
      if (training.keepBest().isPresent()) {
        diary.run().checkpoints().saveBest(checkpoint(diary));
      }
    }
    boolean enough = isEnough();
    if (enough) {
      diary.add(new Event.StoppedEarly(step, epoch, bestEpoch));
    }
    return enough;
  }

  private boolean isEnough() {
    return bestEpoch >= 0
        && training
            .earlyStopping()
            .filter(stopping -> epoch - bestEpoch >= stopping.patience())
            .isPresent();
  }

  private Score score(Images images) {
    model.program().copyParameters(program);
    return model.score(images);
  }

  private long parameters() {
    return program.parameters().stream()
        .filter(storage -> storage.parameter().trainable())
        .mapToLong(Storage::size)
        .sum();
  }

  /** Must come before each checkpoint: what is told after it is told again when it is resumed. */
  private void addLosses(Diary diary) {
    if (!losses.isEmpty()) {
      diary.add(new Event.LossesLogged(step, epoch, firstLoss, LOG_EVERY, losses));
      losses.clear();
    }
  }

  private double secondsUnsaved() {
    return (System.nanoTime() - savedNanos) * 1e-9;
  }

  private void save(Diary diary) {
    addLosses(diary);
    diary.tell();
    Path file = diary.run().checkpoints().save(checkpoint(diary));
    diary.add(new Event.CheckpointSaved(step, epoch, file.getFileName().toString()));
    savedNanos = System.nanoTime();
  }

  /**
   * Where the training stands, if that is good to go on from: the last update may have spoilt it.
   * It is to be used before the next step, which changes the numbers.
   */
  private Checkpoint checkpoint(Diary diary) {
    Map<String, Tensor> weights = Model.weights(program);
    for (var weight : weights.entrySet()) {
      if (weight.getValue() instanceof Tensor.Live numbers && !numbers.isFinite()) {
        String path = weight.getKey();
        throw diverged(
            step,
            new NonFinite(
                path.substring(0, path.lastIndexOf('.')), "`" + path + "` after its update"),
            "these weights were not saved",
            diary);
      }
    }
    Map<String, Double> progress = new LinkedHashMap<>();
    progress.put("loss_sum", lossSum);
    progress.put("correct", (double) correct);
    progress.put("seen", (double) seen);
    progress.put("seconds", seconds);
    progress.put("epoch_seconds", epochSeconds);
    progress.put("best", best);
    progress.put("best_epoch", (double) bestEpoch);
    progress.put("train_loss", lastTrain.loss());
    progress.put("train_accuracy", lastTrain.accuracy());
    return new Checkpoint(
        epoch,
        stepInEpoch,
        step,
        training.seed(),
        weights,
        Model.slots(program, training.optimizer().slots()),
        progress);
  }

  private void restore(Checkpoint checkpoint, Path file) {
    Model.restore(program, checkpoint, file);
    Model.restoreSlots(program, training.optimizer().slots(), checkpoint, file);
    Map<String, Double> progress = checkpoint.progress();
    epoch = checkpoint.epoch();
    stepInEpoch = checkpoint.stepInEpoch();
    step = checkpoint.step();
    lossSum = progress.getOrDefault("loss_sum", 0.0);
    correct = progress.getOrDefault("correct", 0.0).longValue();
    seen = progress.getOrDefault("seen", 0.0).longValue();
    seconds = progress.getOrDefault("seconds", 0.0);
    epochSeconds = progress.getOrDefault("epoch_seconds", 0.0);
    best = progress.getOrDefault("best", Double.NaN);
    bestEpoch = progress.getOrDefault("best_epoch", -1.0).intValue();
    lastTrain =
        new Score(
            progress.getOrDefault("train_loss", Double.NaN),
            progress.getOrDefault("train_accuracy", Double.NaN));
  }

  private Outcome outcome(
      Optional<Score> fit, Optional<Score> validation, Optional<Score> test, boolean interrupted) {
    return new Outcome(
        epoch,
        training.keepBest().isPresent() && bestEpoch >= 0
            ? OptionalInt.of(bestEpoch)
            : OptionalInt.empty(),
        parameters(),
        Summary.of(graph).multiplyAdds(),
        program.plannedBytes(),
        lastTrain,
        fit,
        validation,
        test,
        secondsHere > 0 ? trainedHere / secondsHere : 0,
        seconds,
        interrupted);
  }
}
