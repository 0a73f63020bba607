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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Trains one experiment in one run directory, from the start or from its newest good checkpoint.
 *
 * <p>The test set is used once, after the last epoch, on the last weights or, where the best are to
 * be kept, on those that did best on the held-out data. All that a step depends on is in the
 * checkpoint, so a resumed run ends in the same bits as one that was never stopped.
 */
public final class Trainer {
  private static final long LOG_EVERY = 10;

  /** So many losses are told together at most, or else their line would be too long to be read. */
  static final int MAX_LOSSES = 100_000;

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

  /** What is to be said once, as a run begins. */
  private final List<String> warnings;

  private final Standing at = new Standing();

  private final List<Double> losses = new ArrayList<>();
  private long firstLoss;
  private double checkpointSeconds = CHECKPOINT_SECONDS;
  private long savedNanos;

  /** The newest checkpoint. */
  private Optional<Event.CheckpointSaved> saved = Optional.empty();

  /**
   * Compiles the network; nothing is written yet.
   *
   * @param graph its network, laid out for {@link Feed#input}
   * @param data all of it; the experiment's feed selects
   * @param listener is told every event, on the calling thread
   * @param stop asked before every step and every batch that is scored, and while loops are
   *     compiled; true saves a checkpoint and ends the training
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
    int held = held(training.validation(), used.train().count());
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
    warnings =
        SanityChecks.of(graph, training, data.classes(), trainImages, validationImages, testImages);
    loader = experiment.feed().loader(trainImages, training.batch(), key);
    lastStep =
        Math.min(
            (long) loader.steps() * training.epochs(), training.steps().orElse(Long.MAX_VALUE));
    // on a thread of its own: it takes a while, and the compiling and warming up takes longer
    dataNote =
        CompletableFuture.supplyAsync(() ->
            DataNote.of(experiment.feed().data(), data)
                .with(Signature.of(experiment.feed(), data)));
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
            data.classes(),
            experiment.loss(),
            new Program(graph, experiment.loss(), Mode.INFER, training.batch(), 0, engine));
  }

  /** How many of the images are held out for validation. */
  private static int held(double validation, int images) {
    int held = (int) Math.round(validation * images);
    if (validation > 0 && (held == 0 || held == images)) {
      throw new ConfigurationException(
          String.format(
              Locale.ROOT,
              "`validation`: %s of %,d images holds out %s; choose a part that leaves some for both",
              validation,
              images,
              held == 0 ? "none" : "all"));
    }
    return held;
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
    List<String> said = new ArrayList<>();
    Optional<Checkpoint> newest = run.checkpoints().latestGood(said::add);
    if (newest.isEmpty()) {
      said.addAll(warnings);
    } else {
      run.otherVectors().ifPresent(said::add);
    }
    Optional<DataNote> noted = run.data();
    noted
        .flatMap(note -> note.fault(dataNote.join()))
        .ifPresent(fault -> {
          throw new ConfigurationException(run.folder() + ": " + fault);
        });
    Stream.of(program.warmUp(stop, updater.operator()), model.program().warmUp(stop))
        .flatMap(warmUp -> warmUp.warning().stream())
        .forEach(said::add);
    if (noted.flatMap(DataNote::signature).isEmpty()) {
      run.writeData(dataNote.join());
    }
    if (newest.isPresent()) {
      restore(newest.get(), run.checkpoints().folder());
      saved = Optional.of(checkpointHere());
    } else {
      program.initialize(key.fold("init"));
    }
    try (Diary diary = new Diary(run, saved, listener)) {
      diary.add(started());
      said.forEach(message -> diary.add(new Event.Warned(at.step(), message)));
      if (newest.isPresent()) {
        diary.add(new Event.Resumed(at.step(), at.epoch(), "checkpoint-" + at.step()));
      } else {
        gauge.measure(at.step(), at.epoch()).forEach(diary::add);
      }
      diary.tell();
      savedNanos = System.nanoTime();
      return trainUntilStopped(diary);
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
        at.step(),
        experiment.name(),
        experiment.feed().data(),
        training.seed(),
        Math.toIntExact((lastStep + loader.steps() - 1) / loader.steps()),
        training.batch(),
        engine.workers().count(),
        loader.steps(),
        parameters());
  }

  /** Wherever it is stopped, a step is done or not: so it can be saved. */
  private Outcome trainUntilStopped(Diary diary) {
    try {
      return trainEpochs(diary);
    } catch (StoppedException e) {
      if (at.step() > 0 && !saved.equals(Optional.of(checkpointHere()))) {
        save(diary);
      }
      diary.add(new Event.Interrupted(at.step(), at.epoch()));
      return outcome(Optional.empty(), Optional.empty(), Optional.empty(), true);
    }
  }

  private Outcome trainEpochs(Diary diary) {
    boolean early = isEnough(); // when it was killed between its last checkpoint and its end
    Optional<Score> validation = Optional.empty();
    // after its last step an epoch has not ended before its validation has
    while ((at.step() < lastStep || at.stepInEpoch() > 0) && !early) {
      trainEpoch(diary);
      validation = validationImages.map(this::score);
      double took = at.endEpoch();
      diary.add(
          new Event.EpochEnded(
              at.step(), at.epoch(), at.train(), validation, Optional.empty(), took));
      early = validation.isPresent() && judge(validation.get(), diary);
      if (early
          || at.step() == lastStep
          || secondsUnsaved() >= Math.min(checkpointSeconds, LEAST_CHECKPOINT_SECONDS)) {
        save(diary);
      }
    }
    Checkpoints checkpoints = diary.run().checkpoints();
    Checkpoint chosen =
        training.keepBest().isPresent() ? Checkpoint.read(checkpoints.best()) : checkpoint(diary);
    checkpoints.saveLast(chosen);
    model.load(chosen, checkpoints.folder());
    Score fit = model.score(fitImages, stop);
    if (training.keepBest().isPresent() || validation.isEmpty()) {
      // else that of the last epoch
      validation = validationImages.map(images -> model.score(images, stop));
    }
    Model.Tested tested = model.test(testImages, stop);
    Optional<Score> test = Optional.of(tested.score());
    tested.predictions().write(diary.run().predictions());
    Outcome outcome = outcome(Optional.of(fit), validation, test, false);
    diary.add(new Event.Finished(at.step(), at.epoch(), at.train(), test, at.seconds()));
    diary.tell();
    diary
        .run()
        .writeResults(results(diary.run(), outcome)); // the last: with it, the run is finished
    return outcome;
  }

  /**
   * Trains the rest of the epoch.
   *
   * @throws StoppedException if a stop is asked for
   */
  private void trainEpoch(Diary diary) {
    Program.Result result = new Program.Result();
    validateWithin(diary); // if it was stopped there
    long lastTime = System.nanoTime();
    long loggedSeen = at.seen();
    double loggedSeconds = at.seconds();
    try (Loader.Epoch batches = loader.epoch(at.epoch(), (int) at.stepInEpoch())) {
      while (at.step() < lastStep && batches.next()) {
        StoppedException.throwIf(stop);
        Batch batch = batches.batch();
        Key randomness = key.fold("step").fold(at.step());
        program.run(batch.pixels(), batch.labels(), batch.count(), randomness, result);
        double norm = program.gradientNorm();
        if (!Double.isFinite(result.loss()) || !Double.isFinite(norm)) {
          throw diverged(
              at.step() + 1,
              NonFinite.find(
                  program, batch.pixels(), batch.labels(), batch.count(), randomness, result),
              "the weights were not touched",
              diary);
        }
        double rate =
            training.optimizer().lr()
                * training.schedule().factor(at.step(), lastStep, loader.steps());
        updater.set(rate, clip(norm), at.step() + 1);
        boolean measured =
            Gauge.isDue(
                at.step() + 1, loader.steps(), lastStep, watching(diary) <= MEASURING_SHARE);
        if (measured) {
          gauge.remember();
        }
        program.update(updater);
        at.addStep(result);
        if (at.step() % LOG_EVERY == 0) {
          firstLoss = losses.isEmpty() ? at.step() : firstLoss;
          losses.add(Math.rint(result.loss() / result.images() * 1e6) / 1e6);
          if (losses.size() == MAX_LOSSES) {
            addLosses(diary);
          }
        }
        long now = System.nanoTime();
        at.addSeconds((now - lastTime) * 1e-9);
        lastTime = now;
        if (measured || (at.step() % LOG_EVERY == 0 && watching(diary) <= TELLING_SHARE)) {
          diary.add(
              new Event.StepLogged(
                  at.step(),
                  at.epoch(),
                  result.loss() / result.images(),
                  rate,
                  (at.seen() - loggedSeen) / (at.seconds() - loggedSeconds)));
          loggedSeen = at.seen();
          loggedSeconds = at.seconds();
          if (measured) {
            gauge.measure(at.step(), at.epoch()).forEach(diary::add);
          }
        }
        if (validateWithin(diary)) {
          lastTime = System.nanoTime();
        }
        diary.tellDue();
        if (isWithinEpoch() && secondsUnsaved() >= checkpointSeconds) {
          save(diary);
          lastTime = System.nanoTime();
        }
      }
    }
    StoppedException.throwIf(stop);
  }

  /** Whether an epoch has begun, and more steps of it follow. */
  private boolean isWithinEpoch() {
    return at.stepInEpoch() > 0 && at.stepInEpoch() < loader.steps() && at.step() < lastStep;
  }

  /**
   * Validates within the epoch if that is due after this step, and was not done; true if so.
   *
   * @throws StoppedException if a stop is asked for
   */
  private boolean validateWithin(Diary diary) {
    boolean due =
        isWithinEpoch()
            && at.step() % training.validateEvery().orElse(Long.MAX_VALUE) == 0
            && at.validatedStep() < at.step();
    if (due) {
      Score validation = score(validationImages.orElseThrow());
      at.noteValidated();
      diary.add(new Event.Validated(at.step(), at.epoch(), validation, at.seconds()));
    }
    return due;
  }

  /** The share of the time so far that went into measuring and telling. */
  private double watching(Diary diary) {
    return (diary.seconds() + gauge.seconds()) / at.secondsHere();
  }

  private DivergedException diverged(long number, NonFinite first, String kept, Diary diary) {
    addLosses(diary);
    diary.add(new Event.Diverged(at.step(), at.epoch(), first.layer(), first.what()));
    String good =
        diary
            .run()
            .checkpoints()
            .newest()
            .map(file -> "the last good checkpoint is " + file)
            .orElse("no checkpoint was written yet");
    return new DivergedException(
        "diverged at step %s (epoch %s): the first that is not finite is %s; %s, and %s; train anew with a smaller learning rate or with gradient clipping"
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
    if (at.noteScore(metric, validation, delta) && training.keepBest().isPresent()) {
      diary.run().checkpoints().saveBest(checkpoint(diary));
    }
    boolean enough = isEnough();
    if (enough) {
      diary.add(new Event.StoppedEarly(at.step(), at.epoch(), at.bestEpoch().orElseThrow()));
    }
    return enough;
  }

  private boolean isEnough() {
    OptionalInt best = at.bestEpoch();
    return best.isPresent()
        && training
            .earlyStopping()
            .filter(stopping -> at.epoch() - best.getAsInt() >= stopping.patience())
            .isPresent();
  }

  private Score score(Images images) {
    model.program().copyParameters(program);
    return model.score(images, stop);
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
      diary.add(new Event.LossesLogged(at.step(), at.epoch(), firstLoss, LOG_EVERY, losses));
      losses.clear();
    }
  }

  private double secondsUnsaved() {
    return (System.nanoTime() - savedNanos) * 1e-9;
  }

  private void save(Diary diary) {
    addLosses(diary);
    diary.tell();
    diary.run().checkpoints().save(checkpoint(diary));
    Event.CheckpointSaved here = checkpointHere();
    diary.add(here);
    saved = Optional.of(here);
    savedNanos = System.nanoTime();
  }

  /** What is logged of a checkpoint of where the training stands. */
  private Event.CheckpointSaved checkpointHere() {
    return new Event.CheckpointSaved(at.step(), at.epoch(), Checkpoints.name(at.step()));
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
            at.step(),
            new NonFinite(
                path.substring(0, path.lastIndexOf('.')), "`" + path + "` after its update"),
            "these weights were not saved",
            diary);
      }
    }
    return new Checkpoint(
        at.epoch(),
        at.stepInEpoch(),
        at.step(),
        training.seed(),
        weights,
        Model.slots(program, training.optimizer().slots()),
        at.progress());
  }

  private void restore(Checkpoint checkpoint, Path file) {
    Model.restore(program, checkpoint, file);
    Model.restoreSlots(program, training.optimizer().slots(), checkpoint, file);
    at.restore(checkpoint, training.batch());
  }

  private Outcome outcome(
      Optional<Score> fit, Optional<Score> validation, Optional<Score> test, boolean interrupted) {
    return new Outcome(
        at.epoch(),
        training.keepBest().isPresent() ? at.bestEpoch() : OptionalInt.empty(),
        parameters(),
        Summary.of(graph).multiplyAdds(),
        program.plannedBytes(),
        at.train(),
        fit,
        validation,
        test,
        at.imagesPerSecond(),
        at.seconds(),
        interrupted);
  }
}
