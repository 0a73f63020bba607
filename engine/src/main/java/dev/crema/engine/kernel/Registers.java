package dev.crema.engine.kernel;

/**
 * How much of a kernel's tile the processor's vector registers hold: there are 32 with AVX-512 and
 * on processors that are no x86, else 16. What is too much goes to memory and back in the innermost
 * loop.
 */
final class Registers {
  private static final boolean IS_X86 = System.getProperty("os.arch").matches("amd64|x86_64|x86");

  /** Whether there are but 16; four lanes of them do better with larger tiles all the same. */
  static final boolean ARE_FEW = IS_X86 && Vectors.LANES == 8;

  /** The most sums of a tile: they leave room for what is multiplied. */
  static final int SUMS = ARE_FEW ? 12 : 24;

  private Registers() {}
}
