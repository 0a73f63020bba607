package dev.crema.train.study;

import dev.crema.nn.Graph;
import dev.crema.train.Experiment;
import dev.crema.train.Training;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * What a study of batch size trains: each batch size under equal epochs, under equal steps and
 * under equal seconds, which are those that the batch size in the middle takes for the epochs.
 *
 * @param base all but batch size and rate; its epochs are the equal ones
 * @param graph its network, laid out for the data
 * @param batches in ascending order
 * @param images how many are learned from in an epoch, those held out not counted; at least 1
 * @param seconds the equal seconds, more than 0, if not those of the middle
 */
public record BatchPlan(
    Experiment base, Graph graph, List<Integer> batches, int images, OptionalDouble seconds) {
  /** How often it validates in an epoch, whatever the batch size. */
  private static final int VALIDATIONS = 4;

  /** What all batch sizes have the same of. */
  public enum Equal {
    /** As many images seen. */
    EPOCHS,
    /** As many updates of the weights. */
    STEPS,
    /** As much time, by the speed that was measured. */
    SECONDS
  }

  /**
   * A batch size under a budget.
   *
   * @param batch at least 1
   * @param steps that it trains, at least 1
   * @param epochs that these are, more than 0
   */
  public record Member(Equal equal, int batch, long steps, double epochs) {
    public Member {
      if (batch < 1 || steps < 1 || !(epochs > 0 && epochs <= Integer.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "expected a batch and steps of 1 or more, and more than 0 and at most %s epochs, got batch %s, %s steps, %s epochs"
                .formatted(Integer.MAX_VALUE, batch, steps, epochs));
      }
    }

    @Override
    public String toString() {
      return "equal %s, batch %s".formatted(Text.lower(equal), batch);
    }
  }

  /** Sorts the batch sizes, and leaves out what comes twice. */
  public BatchPlan {
    batches = List.copyOf(new TreeSet<>(batches));
    if (batches.isEmpty() || batches.getFirst() < 1) {
      throw new IllegalArgumentException("expected batch sizes of 1 or more, got " + batches);
    }
    if (images < 1) {
      throw new IllegalArgumentException("images must be 1 or more, got " + images);
    }
    double time = seconds.orElse(1);
    if (!(time > 0 && time < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("seconds must be more than 0 and finite, got " + time);
    }
  }

  private int middle() {
    return batches.get(batches.size() / 2);
  }

  private long stepsPerEpoch(int batch) {
    return Math.ceilDiv(images, batch);
  }

  /**
   * All that is to be trained, one budget after the other.
   *
   * @param speed how many images a second an experiment trains on; asked for the equal seconds
   */
  public List<Member> members(ToDoubleFunction<Experiment> speed) {
    return Arrays.stream(Equal.values())
        .flatMap(equal -> batches.stream().map(batch -> member(equal, batch, speed)))
        .toList();
  }

  private Member member(Equal equal, int batch, ToDoubleFunction<Experiment> speed) {
    long steps =
        switch (equal) {
          case EPOCHS -> base.training().epochs() * stepsPerEpoch(batch);
          case STEPS -> base.training().epochs() * stepsPerEpoch(middle());
          case SECONDS -> stepsInTime(batch, speed);
        };
    return new Member(equal, batch, steps, (double) steps / stepsPerEpoch(batch));
  }

  private long stepsInTime(int batch, ToDoubleFunction<Experiment> speed) {
    long ofMiddle = base.training().epochs() * stepsPerEpoch(middle());
    if (seconds.isEmpty() && batch == middle()) {
      return ofMiddle;
    }
    double time = seconds.orElseGet(() -> ofMiddle / stepsPerSecond(middle(), speed));
    return Math.max(1, Math.round(time * stepsPerSecond(batch, speed)));
  }

  private double stepsPerSecond(int batch, ToDoubleFunction<Experiment> speed) {
    double images = speed.applyAsDouble(base.training(base.training().batch(batch)));
    if (!(images > 0 && images < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "expected more than 0 images a second with batch %s, got %s".formatted(batch, images));
    }
    return images / batch;
  }

  /**
   * What is trained for a member. The same steps are the same experiment, whichever the budget: so
   * the middle batch size is trained once.
   */
  public Cell cell(Member member) {
    long perEpoch = stepsPerEpoch(member.batch);
    long epochs = Math.ceilDiv(member.steps, perEpoch);
    Training training =
        base.training()
            .batch(member.batch)
            .epochs(Math.toIntExact(epochs))
            .validateEvery(Math.max(1, perEpoch / VALIDATIONS));
    return new Cell(
        member.toString(),
        base.training(member.steps == epochs * perEpoch ? training : training.steps(member.steps)),
        graph);
  }
}
