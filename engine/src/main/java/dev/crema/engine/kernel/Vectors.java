package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector constants and lane-wise functions that all kernels share.
 *
 * <p>The functions are our own polynomials, not {@code lanewise(EXP)}: that one answers different
 * last bits interpreted and compiled, and the same seed must give the same weights.
 */
final class Vectors {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  static final ByteOrder ORDER = ByteOrder.nativeOrder();
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  static final int LANES = SPECIES.length();
  static final int BYTES = SPECIES.vectorByteSize();

  /** The class of all our float vectors. */
  static final Class<? extends FloatVector> EXACT = FloatVector.zero(SPECIES).getClass();

  private static final Class<? extends MemorySegment> OFF_HEAP = MemorySegment.NULL.getClass();

  static {
    // The Vector API uses these classes itself where it runs interpreted, and loading them later
    // throws away what was compiled.
    MemorySegment.ofArray(new byte[0]);
  }

  // A round of the transposition at distance d moves lanes d up or down and mixes the halves.
  static final VectorShuffle<Float> UP_1 = rotate(-1);
  static final VectorShuffle<Float> UP_2 = rotate(-2);
  static final VectorShuffle<Float> UP_4 = rotate(-4);
  static final VectorShuffle<Float> UP_8 = rotate(-8);
  static final VectorShuffle<Float> DOWN_1 = rotate(1);
  static final VectorShuffle<Float> DOWN_2 = rotate(2);
  static final VectorShuffle<Float> DOWN_4 = rotate(4);
  static final VectorShuffle<Float> DOWN_8 = rotate(8);
  static final VectorMask<Float> UPPER_1 = half(1, true);
  static final VectorMask<Float> UPPER_2 = half(2, true);
  static final VectorMask<Float> UPPER_4 = half(4, true);
  static final VectorMask<Float> UPPER_8 = half(8, true);
  static final VectorMask<Float> LOWER_1 = half(1, false);
  static final VectorMask<Float> LOWER_2 = half(2, false);
  static final VectorMask<Float> LOWER_4 = half(4, false);
  static final VectorMask<Float> LOWER_8 = half(8, false);

  private static final float LOG2_E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
  private static final float ROUNDER = 12582912f;
  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  private Vectors() {}

  private static VectorShuffle<Float> rotate(int by) {
    return VectorShuffle.fromOp(SPECIES, i -> Math.floorMod(i + by, LANES));
  }

  private static VectorMask<Float> half(int distance, boolean upper) {
    boolean[] bits = new boolean[LANES];
    for (int i = 0; i < LANES; i++) {
      bits[i] = ((i & distance) != 0) == upper;
    }
    return VectorMask.fromArray(SPECIES, bits, 0);
  }

  /**
   * The same memory, whose class the compiler knows from here on.
   *
   * <p>Without this the code of a loop depends on which classes of segments this JVM has seen so
   * far: all of them may have to be compiled again when another one appears, and come out slow.
   */
  static MemorySegment offHeap(MemorySegment memory) {
    if (memory.getClass() != OFF_HEAP) {
      throw new IllegalArgumentException("loops work on memory off the heap");
    }
    return memory;
  }

  /**
   * The same vector, whose exact class the compiler knows from here on.
   *
   * <p>It has to know that of every vector that a method is called on while it reads the code. By
   * itself it finds out only as long as few of the methods inlined so far were ever compiled on
   * false assumptions; past that a call stays a call, on boxed vectors, and whether it comes to
   * that is luck.
   */
  static FloatVector exact(FloatVector vector) {
    return EXACT.cast(vector);
  }

  static FloatVector load(MemorySegment memory, long at) {
    return exact(FloatVector.fromMemorySegment(SPECIES, offHeap(memory), at, ORDER));
  }

  static void store(FloatVector vector, MemorySegment memory, long at) {
    exact(vector).intoMemorySegment(offHeap(memory), at, ORDER);
  }

  static float get(MemorySegment memory, long at) {
    return offHeap(memory).get(FLOAT, at);
  }

  static void set(MemorySegment memory, long at, float value) {
    offHeap(memory).set(FLOAT, at, value);
  }

  static FloatVector broadcast(MemorySegment memory, long at) {
    return exact(FloatVector.broadcast(SPECIES, offHeap(memory).get(FLOAT, at)));
  }

  /**
   * Zero, which the compiler must not know.
   *
   * <p>Where an address moves by a constant in a counted loop, the compiler may split the loop to
   * move the range checks out of it, and whether it makes things ten times worse by that is luck.
   * It leaves alone what moves by a number that is not a constant, and the checks cost little.
   *
   * @param count of turns of the loop: 0 or more
   */
  static long nothing(int count) {
    return count >> 31;
  }

  /**
   * The same numbers, in a vector whose exact class the compiler knows while it reads the code.
   *
   * <p>It does not know that of a vector that is carried around a loop: methods called on one may
   * stay calls, on boxed vectors, a hundred times slower, and whether they do is luck. So loops
   * call methods on vectors that were just made, and hand carried ones over as arguments.
   */
  static FloatVector typed(FloatVector carried) {
    return FloatVector.broadcast(SPECIES, 1f).mul(carried);
  }

  /** e^x within 2 ulp for x in [-87, 88], clamped outside; NaN stays NaN (Cephes expf). */
  static FloatVector exp(FloatVector x) {
    FloatVector clamped =
        x.blend(88f, x.compare(VectorOperators.GT, 88f))
            .blend(-87f, x.compare(VectorOperators.LT, -87f));
    FloatVector rounded = clamped.fma(LOG2_E, ROUNDER);
    FloatVector n = rounded.sub(ROUNDER);
    FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
    FloatVector p = r.fma(1.9875691500e-4f, 1.3981999507e-3f);
    p = p.fma(r, FloatVector.broadcast(SPECIES, 8.3334519073e-3f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 4.1665795894e-2f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 1.6666665459e-1f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 5.0000001201e-1f));
    p = p.fma(r.mul(r), r.add(1f));
    IntVector exponent =
        rounded.reinterpretAsInts().sub(ROUNDER_BITS).lanewise(VectorOperators.LSHL, 23);
    return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
  }

  /** 1 / (1 + e^-x). */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    return one.div(exp(x.neg()).add(1f));
  }

  /** The hyperbolic tangent: a polynomial near zero, exponentials elsewhere (Cephes tanhf). */
  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector e = exp(magnitude.add(magnitude));
    FloatVector large =
        FloatVector.broadcast(SPECIES, 1f).sub(FloatVector.broadcast(SPECIES, 2f).div(e.add(1f)));
    large = large.blend(large.neg(), x.compare(VectorOperators.LT, 0f));
    FloatVector z = x.mul(x);
    FloatVector p = z.fma(-5.70498872745e-3f, 2.06390887954e-2f);
    p = p.fma(z, FloatVector.broadcast(SPECIES, -5.37397155531e-2f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, 1.33314422036e-1f));
    p = p.fma(z, FloatVector.broadcast(SPECIES, -3.33332819422e-1f));
    FloatVector small = p.mul(z).fma(x, x);
    return large.blend(small, magnitude.compare(VectorOperators.LT, 0.625f));
  }

  /** The natural logarithm of a positive, normal x, within 2 ulp (Cephes logf). */
  static FloatVector log(FloatVector x) {
    // x = m * 2^e with m in [sqrt(1/2), sqrt(2)).
    IntVector bits = x.reinterpretAsInts();
    IntVector shifted = bits.sub(0x3f3504f3);
    IntVector e = shifted.lanewise(VectorOperators.ASHR, 23);
    FloatVector m = bits.sub(e.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats().sub(1f);
    FloatVector exponent = (FloatVector) e.convertShape(VectorOperators.I2F, SPECIES, 0);
    FloatVector p = m.fma(7.0376836292e-2f, -1.1514610310e-1f);
    p = p.fma(m, FloatVector.broadcast(SPECIES, 1.1676998740e-1f));
    p = p.fma(m, FloatVector.broadcast(SPECIES, -1.2420140846e-1f));
    p = p.fma(m, FloatVector.broadcast(SPECIES, 1.4249322787e-1f));
    p = p.fma(m, FloatVector.broadcast(SPECIES, -1.6668057665e-1f));
    p = p.fma(m, FloatVector.broadcast(SPECIES, 2.0000714765e-1f));
    p = p.fma(m, FloatVector.broadcast(SPECIES, -2.4999993993e-1f));
    p = p.fma(m, FloatVector.broadcast(SPECIES, 3.3333331174e-1f));
    FloatVector z = m.mul(m);
    FloatVector y = p.mul(m).mul(z);
    y = exponent.fma(FloatVector.broadcast(SPECIES, LN2_LOW), y);
    y = z.fma(FloatVector.broadcast(SPECIES, -0.5f), y);
    return exponent.fma(FloatVector.broadcast(SPECIES, LN2_HIGH), m.add(y));
  }

  /** The sum of the lanes, always in the same order (reduceLanes promises none). */
  static float sum(MemorySegment memory, long at) {
    float sum = 0;
    for (int i = 0; i < LANES; i++) {
      sum += get(memory, at + (long) i * Float.BYTES);
    }
    return sum;
  }
}
