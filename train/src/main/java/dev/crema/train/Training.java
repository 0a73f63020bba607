package dev.crema.train;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * How a network is to be trained, whatever the network and the data.
 *
 * @param optimizer the rule
 * @param schedule what happens to its learning rate
 * @param epochs how often all training examples are seen, at least 1
 * @param batch the examples of one step, at least 1
 * @param seed what all randomness comes from
 * @param validation the part of the training data held out for validation, in [0, 1)
 * @param clip the largest Euclidean norm that all gradients together may have, more than 0; a
 *     larger one is scaled down to it (Pascanu, Mikolov and Bengio, 2013)
 * @param earlyStopping whether and when to end before the last epoch; wants validation
 * @param keepBest by which validation score the best weights are kept; wants validation
 * @param steps after how many steps it ends, if it has not seen its epochs by then; at least 1
 * @param validateEvery after how many steps it validates within an epoch too; at least 1, and wants
 *     validation
 */
public record Training(
    Optimizer optimizer,
    Schedule schedule,
    int epochs,
    int batch,
    long seed,
    double validation,
    OptionalDouble clip,
    Optional<EarlyStopping> earlyStopping,
    Optional<Metric> keepBest,
    OptionalLong steps,
    OptionalLong validateEvery) {
  public Training {
    Objects.requireNonNull(optimizer, "optimizer");
    Objects.requireNonNull(schedule, "schedule");
    if (epochs < 1) {
      throw new IllegalArgumentException("epochs must be 1 or more, got " + epochs);
    }
    if (batch < 1) {
      throw new IllegalArgumentException("batch must be 1 or more, got " + batch);
    }
    if (!(validation >= 0 && validation < 1)) {
      throw new IllegalArgumentException("validation must lie in [0, 1), got " + validation);
    }
    double norm = clip.orElse(1);
    if (!(norm > 0 && norm < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("clip must be more than 0 and finite, got " + norm);
    }
    if (validation == 0 && (earlyStopping.isPresent() || keepBest.isPresent())) {
      throw new IllegalArgumentException(
          "early stopping and keeping the best need held-out data; set validation, such as 0.1");
    }
    if (steps.orElse(1) < 1) {
      throw new IllegalArgumentException("steps must be 1 or more, got " + steps.getAsLong());
    }
    if (validateEvery.orElse(1) < 1) {
      throw new IllegalArgumentException(
          "validateEvery must be 1 or more, got " + validateEvery.getAsLong());
    }
    if (validation == 0 && validateEvery.isPresent()) {
      throw new IllegalArgumentException(
          "validating within epochs needs held-out data; set validation, such as 0.1");
    }
  }

  /** What is done where nothing is said: Adam with a rate of 0.001, and the rest as below. */
  public Training() {
    this(Optimizer.adam(1e-3));
  }

  /** Ten epochs of batches of 64 with seed 1 and a constant rate, nothing held out. */
  public Training(Optimizer optimizer) {
    this(
        optimizer,
        new Schedule.Constant(),
        10,
        64,
        1,
        0,
        OptionalDouble.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  /** This training with another optimiser. */
  public Training optimizer(Optimizer optimizer) {
    return with(draft -> draft.optimizer = optimizer);
  }

  /** This training with another schedule. */
  public Training schedule(Schedule schedule) {
    return with(draft -> draft.schedule = schedule);
  }

  /** This training with another number of epochs. */
  public Training epochs(int epochs) {
    return with(draft -> draft.epochs = epochs);
  }

  /** This training with another batch size. */
  public Training batch(int batch) {
    return with(draft -> draft.batch = batch);
  }

  /** This training with another seed. */
  public Training seed(long seed) {
    return with(draft -> draft.seed = seed);
  }

  /** This training with a part of the training data held out. */
  public Training validation(double validation) {
    return with(draft -> draft.validation = validation);
  }

  /** This training with the gradients' norm limited. */
  public Training clip(double norm) {
    return with(draft -> draft.clip = OptionalDouble.of(norm));
  }

  /** This training with early stopping. */
  public Training earlyStopping(EarlyStopping earlyStopping) {
    return with(draft -> draft.earlyStopping = Optional.of(earlyStopping));
  }

  /** This training with the best weights kept. */
  public Training keepBest(Metric metric) {
    return with(draft -> draft.keepBest = Optional.of(metric));
  }

  /** This training with an end after so many steps, within an epoch or not. */
  public Training steps(long steps) {
    return with(draft -> draft.steps = OptionalLong.of(steps));
  }

  /** This training with validation each time after so many steps, within an epoch too. */
  public Training validateEvery(long every) {
    return with(draft -> draft.validateEvery = OptionalLong.of(every));
  }

  /**
   * The training of an experiment file, from its keys {@code optimizer}, {@code schedule}, {@code
   * epochs}, {@code seed}, {@code clip}, {@code early_stopping}, {@code keep_best}, {@code steps},
   * {@code validate_every}, and {@code batch} and {@code validation} in {@code data}, whose other
   * keys are {@link Feed#read}'s. Faults are noted in the file; the training is worth something
   * only after its {@link Yaml#check()}.
   */
  public static Training read(Yaml experiment) {
    return TrainingYaml.read(experiment);
  }

  /**
   * This training on what a feed gives as the keys of an experiment file, for {@link Yaml#text};
   * the map can be added to.
   */
  public Map<String, Object> toMap(Feed feed) {
    return TrainingYaml.write(this, feed);
  }

  private Training with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.training();
  }

  /** A training while one of its parts is changed, so that no method has to name the others. */
  private static final class Draft {
    private Optimizer optimizer;
    private Schedule schedule;
    private int epochs;
    private int batch;
    private long seed;
    private double validation;
    private OptionalDouble clip;
    private Optional<EarlyStopping> earlyStopping;
    private Optional<Metric> keepBest;
    private OptionalLong steps;
    private OptionalLong validateEvery;

    Draft(Training from) {
      optimizer = from.optimizer;
      schedule = from.schedule;
      epochs = from.epochs;
      batch = from.batch;
      seed = from.seed;
      validation = from.validation;
      clip = from.clip;
      earlyStopping = from.earlyStopping;
      keepBest = from.keepBest;
      steps = from.steps;
      validateEvery = from.validateEvery;
    }

    Training training() {
      return new Training(
          optimizer,
          schedule,
          epochs,
          batch,
          seed,
          validation,
          clip,
          earlyStopping,
          keepBest,
          steps,
          validateEvery);
    }
  }
}
