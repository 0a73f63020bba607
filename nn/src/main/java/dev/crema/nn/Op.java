package dev.crema.nn;

import dev.crema.engine.Activation;
import java.util.List;
import java.util.Optional;

/**
 * One layer: what it makes of a shape, which parameters it has, and how it runs on kernels.
 *
 * <p>A new layer is one record that implements this, and one row in the layers' contract test.
 */
public non-sealed interface Op extends Net {
  /**
   * The shape of the output.
   *
   * @throws ShapeException if the layer cannot take this input; the message says what it expects
   */
  Shape output(Shape input);

  /** The parameters, running statistics included. */
  default List<Parameter> parameters(Shape input) {
    return List.of();
  }

  /** Multiply-adds of the forward pass for one example; additions alone are not counted. */
  default long multiplyAdds(Shape input) {
    return 0;
  }

  /** Zero cells that it reads before and after each row of its input. */
  default int inputHalo(Shape input) {
    return 0;
  }

  /** Zero cells that it reads before and after each row of its output's gradient. */
  default int gradientHalo(Shape input) {
    return 0;
  }

  /** The rising function that it applies to each number, if that is all it does. */
  default Optional<Activation> activation() {
    return Optional.empty();
  }

  /** Whether its output is its input, perhaps in another shape. */
  default boolean isView() {
    return false;
  }

  /** Whether its backward steps read its output. */
  default boolean readsOutputBackward() {
    return true;
  }

  /** Whether its backward steps may write the gradient of the input over the input itself. */
  default boolean canOverwriteInput() {
    return false;
  }

  /** What it can do for a Relu that alone reads its output. */
  default Rectifying rectifying() {
    return Rectifying.NONE;
  }

  /** How much of a Relu's work a layer before it does. */
  enum Rectifying {
    /** Nothing. */
    NONE,
    /** Its forward steps write the Relu's output. */
    FORWARD,
    /** And its backward steps take the gradient of that. */
    BOTH_WAYS
  }

  /**
   * Whether, as a reader of pixels, it sums over halves of them, so that each half should be made
   * and read by the same workers, for all images.
   *
   * @param images of a full batch
   */
  default boolean halvesPixels(Shape input, int images) {
    return false;
  }

  /** Adds its steps to a program. */
  void lower(Lowering to);
}
