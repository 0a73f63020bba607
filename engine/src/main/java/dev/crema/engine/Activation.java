package dev.crema.engine;

/** The functions of one number whose slope follows from their result. */
public enum Activation {
  /** y = max(x, 0), dx = dy where y > 0, else 0. */
  RELU,
  /** y = 1 / (1 + e^-x), dx = dy y (1 - y). */
  SIGMOID,
  /** y = tanh x, dx = dy (1 - y^2). */
  TANH
}
