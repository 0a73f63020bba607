package dev.crema.train;

import java.util.List;
import java.util.Optional;
import java.util.function.ObjDoubleConsumer;

/**
 * What a training tells the world, in the order in which it happens.
 *
 * <p>Losses are means per example. A new event is one more record here: {@link EventLog} writes
 * every record by the names of its components.
 */
public sealed interface Event {
  /** The number of steps done when it happened; it never falls within a log. */
  long step();

  /**
   * The training begins, or goes on in another process: then {@link Resumed} follows.
   *
   * @param parameters the number of trainable numbers
   * @param stepsPerEpoch the batches of one epoch
   */
  record Started(
      long step,
      String net,
      String data,
      long seed,
      int epochs,
      int batch,
      int threads,
      long stepsPerEpoch,
      long parameters)
      implements Event {}

  /** The training goes on from a checkpoint. */
  record Resumed(long step, int epoch, String checkpoint) implements Event {}

  /**
   * A batch, for those who watch: every tenth, or fewer where watching would take more than a
   * quarter of a percent of the time; and those after which parameters are measured. {@link
   * LossesLogged} has the others.
   *
   * @param epoch the number of whole epochs done
   * @param loss of this batch
   * @param lr the learning rate of this step
   */
  record StepLogged(long step, int epoch, double loss, double lr, double imagesPerSecond)
      implements Event {}

  /**
   * The losses of some batches, told together, as that is cheap: of every tenth.
   *
   * @param epoch the number of whole epochs done
   * @param first the step of the first of them
   * @param every how many steps lie between two of them
   * @param losses each of its batch, to six decimals
   */
  record LossesLogged(long step, int epoch, long first, long every, List<Double> losses)
      implements Event {
    /** Copies the list. */
    public LossesLogged {
      losses = List.copyOf(losses);
    }

    /** Hands on the losses one by one, each with its step. */
    public void forEach(ObjDoubleConsumer<Long> to) {
      for (int i = 0; i < losses.size(); i++) {
        to.accept(first + i * every, losses.get(i));
      }
    }
  }

  /**
   * The numbers of a trainable parameter: of a large one about 2,048, evenly spread. Before the
   * first step, after steps 1, 16, 256 and so on, and after the last; and after each epoch, or as
   * many as have about 500 steps, or fewer where watching would take more than half a percent of
   * the time.
   *
   * @param epoch the number of whole epochs done
   * @param parameter its name in the checkpoints, such as {@code 0.weight}
   * @param deviation the standard deviation of the numbers
   * @param low the smallest, where the first bin begins
   * @param high the largest, where the last bin ends
   * @param counts how many numbers lie in each of equally wide bins
   * @param updateRatio the Euclidean norm of this step's change by that of the numbers before it;
   *     empty before the first step, and where they were all 0
   */
  record ParameterMeasured(
      long step,
      int epoch,
      String parameter,
      double mean,
      double deviation,
      double low,
      double high,
      List<Integer> counts,
      Optional<Double> updateRatio)
      implements Event {
    private static final int MAX_BINS = 1000;

    /** Copies the list. */
    public ParameterMeasured {
      if (counts.size() > MAX_BINS) {
        throw new IllegalArgumentException(
            "expected at most %s counts, got %s".formatted(MAX_BINS, counts.size()));
      }
      counts = List.copyOf(counts);
    }
  }

  /**
   * An epoch.
   *
   * @param epoch its number, from 1
   * @param train over the epoch, while the weights moved
   * @param validation after it, on examples held out of the training data
   * @param test after it, on the test data
   * @param seconds training alone, without the evaluations
   */
  record EpochEnded(
      long step,
      int epoch,
      Score train,
      Optional<Score> validation,
      Optional<Score> test,
      double seconds)
      implements Event {}

  /**
   * A validation within an epoch.
   *
   * @param epoch the number of whole epochs done
   * @param seconds of training so far, without the evaluations
   */
  record Validated(long step, int epoch, Score validation, double seconds) implements Event {}

  /** A checkpoint was written. */
  record CheckpointSaved(long step, int epoch, String file) implements Event {}

  /** Something that the training survived, such as a damaged checkpoint. */
  record Warned(long step, String message) implements Event {}

  /** Early stopping: the epochs since the best one brought nothing. */
  record StoppedEarly(long step, int epoch, int bestEpoch) implements Event {}

  /**
   * A NaN or an infinity: the training ends before it spoils what was saved.
   *
   * @param layer the first layer that has one, or {@code loss} or {@code gradients}
   * @param what what of it is not finite, such as "the output of layer 3, Dense(units=10)"
   */
  record Diverged(long step, int epoch, String layer, String what) implements Event {}

  /** The training was asked to stop, and saved. */
  record Interrupted(long step, int epoch) implements Event {}

  /**
   * The training is over.
   *
   * @param epochs the number of epochs done
   * @param seconds of all epochs, without the evaluations
   */
  record Finished(long step, int epochs, Score train, Optional<Score> test, double seconds)
      implements Event {}
}
