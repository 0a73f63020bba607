package dev.crema.nn;

/** What a step of a program is for. */
public enum Pass {
  /** Bytes into lanes. */
  INPUT,
  /** A layer's output. */
  FORWARD,
  /** The loss and its gradient. */
  LOSS,
  /** A layer's gradients, if it does not tell them apart. */
  BACKWARD,
  /** The gradient of a layer's parameters. */
  BACKWARD_WEIGHTS,
  /** The gradient of a layer's input. */
  BACKWARD_DATA,
  /** The norm of all gradients, and the optimiser. */
  UPDATE,
  /** Anything else, such as waiting. */
  OTHER
}
