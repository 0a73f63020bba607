package dev.crema.engine.kernel;

import dev.crema.engine.Kernels;

/** Placeholder. */
public abstract class PlainKernels implements Kernels {
  /** None. */
  public static final Kernels INSTANCE = VectorKernels.INSTANCE;
}
