package dev.crema.engine;

/** Families of kernels: a program warms up those that it will use. */
public enum Operator {
  /** What every program needs. */
  BASIC,
  /** The rectifier. */
  RELU,
  /** The logistic function. */
  SIGMOID,
  /** The hyperbolic tangent. */
  TANH,
  /** Max pooling. */
  MAX_POOL,
  /** Average pooling. */
  AVERAGE_POOL,
  /** Global average pooling. */
  GLOBAL_AVERAGE_POOL,
  /** Softmax. */
  SOFTMAX,
  /** Log-softmax. */
  LOG_SOFTMAX,
  /** Cross-entropy on logits. */
  CROSS_ENTROPY,
  /** Cross-entropy on probabilities. */
  PROBABILITY_CROSS_ENTROPY,
  /** Negative log-likelihood. */
  NEGATIVE_LOG_LIKELIHOOD,
  /** Batch norm. */
  NORM,
  /** Dropout. */
  DROPOUT,
  /** Gradient descent without a momentum. */
  SGD,
  /** Gradient descent with one. */
  MOMENTUM,
  /** Adam and AdamW. */
  ADAM
}
