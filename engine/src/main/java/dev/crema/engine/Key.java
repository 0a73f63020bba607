package dev.crema.engine;

/**
 * Splittable, counter-based randomness: a key and a counter give the same bits on any thread, in
 * any order, after any resume.
 *
 * <p>A key is derived, never advanced: {@code Key.of(seed).fold("shuffle").fold(epoch)} names one
 * stream, and {@link #bits} reads its {@code counter}-th value. The mixing function is SplitMix64's
 * finaliser (Steele, Lea and Flood, 2014, "Fast splittable pseudorandom number generators").
 *
 * @param state the 64 bits that name this stream
 */
public record Key(long state) {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  /** The root stream of a seed. */
  public static Key of(long seed) {
    return new Key(mix(seed + GOLDEN_GAMMA));
  }

  /** The sub-stream with this number, such as an epoch or a step. */
  public Key fold(long number) {
    return new Key(mix(mix(state ^ GOLDEN_GAMMA) + GOLDEN_GAMMA * (number + 1)));
  }

  /** The sub-stream with this name, such as a parameter's path. */
  public Key fold(String name) {
    Key key = fold(name.length());
    for (int i = 0; i < name.length(); i++) {
      key = key.fold(name.charAt(i));
    }
    return key;
  }

  /** The 64 random bits at this place of the stream. */
  public long bits(long counter) {
    return mix(state + GOLDEN_GAMMA * (counter + 1));
  }

  /** A number in [0, 1), with 53 random bits. */
  public double uniform(long counter) {
    return (bits(counter) >>> 11) * 0x1.0p-53;
  }

  /**
   * A standard normal number (Box and Muller, 1958); uses the counters 2 * counter and 2 * counter
   * + 1.
   */
  public double normal(long counter) {
    double radius = Math.sqrt(-2 * StrictMath.log(1 - uniform(2 * counter)));
    return radius * StrictMath.cos(2 * Math.PI * uniform(2 * counter + 1));
  }

  /** A whole number in [0, bound); its bias is under bound / 2^64. */
  public int below(int bound, long counter) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound must be positive, got " + bound);
    }
    return (int) Math.unsignedMultiplyHigh(bits(counter), bound);
  }

  /** A random order of 0 ... size - 1 (Fisher and Yates). */
  public int[] permutation(int size) {
    if (size < 0) {
      throw new IllegalArgumentException("size must be 0 or more, got " + size);
    }
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = below(i + 1, i);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
