package dev.crema.nn;

/** What a program is compiled for. */
public enum Mode {
  /** Forward, backward and parameter gradients; dropout drops, batch norm uses the batch. */
  TRAIN,
  /** Forward only; dropout passes, batch norm uses its running statistics. */
  INFER
}
