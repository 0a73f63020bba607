package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Key;
import dev.crema.engine.Lanes;
import dev.crema.engine.Operator;

/**
 * Sets numbers to zero at random while training and scales the others by 1 / (1 - rate) (Srivastava
 * et al., 2014); any shape to the same.
 *
 * @param rate the share that becomes zero
 */
public record Dropout(double rate) implements Op {
  /** The rate is a share. */
  public Dropout {
    // as the kernel computes: 1 as a float would divide by zero
    if (!(rate >= 0 && (float) rate < 1)) {
      throw new IllegalArgumentException("rate lies in [0, 1), got " + rate);
    }
  }

  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public String toString() {
    return "Dropout(rate=" + rate + ")";
  }

  @Override
  public boolean readsOutputBackward() {
    return false;
  }

  @Override
  public void lower(Lowering to) {
    Value in = to.input();
    Value out = to.output();
    drop(to, in, out);
    to.backward(() -> {
      if (to.needsInputGradient()) {
        drop(to, to.outputGradient(), to.inputGradient()); // the same cells
      }
    });
  }

  private void drop(Lowering to, Value from, Value into) {
    Kernels kernels = to.kernels(Operator.DROPOUT);
    boolean train = to.isTraining();
    Frame frame = to.frame();
    long stream = Key.of(0).fold(to.path()).state();
    int images = from.volume().vectors() * Lanes.COUNT;
    to.block(
        (m, work) -> {
          if (train) {
            kernels.dropout(
                m,
                from.volume(),
                from.at(work),
                into.volume(),
                into.at(work),
                (float) rate,
                frame.key().state() ^ stream,
                work.block() * images);
          } else {
            kernels.copy(m, from.volume(), from.at(work), into.volume(), into.at(work));
          }
        },
        from.buffer(),
        into.buffer());
  }
}
