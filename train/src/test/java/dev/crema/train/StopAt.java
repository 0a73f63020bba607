package dev.crema.train;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Asks for a stop the n-th time that a training asks whether to, and never again; how often it asks
 * before it has started depends on the compiler, and does not count.
 */
public final class StopAt implements BooleanSupplier, Consumer<Event> {
  private final int training;
  private final int n;
  private int started;
  private int asked;

  /** Stops the first training that it hears of. */
  StopAt(int n) {
    this(1, n);
  }

  /** Stops one of several trainings, counted from 1. */
  public StopAt(int training, int n) {
    this.training = training;
    this.n = n;
  }

  @Override
  public void accept(Event event) {
    started += event instanceof Event.Started ? 1 : 0;
  }

  @Override
  public boolean getAsBoolean() {
    asked += started == training ? 1 : 0;
    return started == training && asked == n;
  }

  /** How often that training asked. */
  int asked() {
    return asked;
  }
}
