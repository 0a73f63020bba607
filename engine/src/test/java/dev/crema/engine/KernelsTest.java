package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.MaxPooling;
import dev.crema.engine.kernel.VectorKernels;
import dev.crema.engine.kernel.Warm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The vector kernels against the plain ones: both run on the same random memory, and then all of it
 * is compared, so that a write outside of the results shows too.
 *
 * <p>A difference may be {@code tolerance * max(1, |expected|)}:
 *
 * <ul>
 *   <li>{@link #EXACT}: comparisons, moves and single roundings in the same order.
 *   <li>{@link #ROUNDED}: a few float roundings (6e-8 each) and polynomials good to 2 ulp, on
 *       numbers of about 1, against double.
 *   <li>{@link #SUMMED}: float sums of up to 1100 numbers of about 1, in another order, against
 *       double: worst case 1100 * 6e-8 relative to the sum of magnitudes, in practice its square
 *       root.
 * </ul>
 */
class KernelsTest {
  private static final double EXACT = 0;
  private static final double ROUNDED = 3e-6;
  private static final double SUMMED = 5e-5;
  private static final long SEED = 20_25;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /** Awkward sizes, with a guard of untouched memory around what the kernels may write. */
  static Stream<Volume> shapes() {
    return Stream.of(
        new Volume(1, 1, 1, 0, 1),
        new Volume(33, 1, 1, 0, 2),
        new Volume(7, 13, 15, 0, 1),
        new Volume(13, 7, 17, 2, 1),
        new Volume(3, 16, 16, 0, 2),
        new Volume(2, 33, 33, 1, 1),
        new Volume(16, 15, 13, 1, 3),
        new Volume(2, 16, 64, 0, 1),
        new Volume(17, 2, 2, 0, 1));
  }

  private static long region(Volume v) {
    return v.withHalo(2).bytes() + v.bytes() + 4L * 4096;
  }

  /** The address of the i-th of six disjoint regions. */
  private static long region(Volume v, int i) {
    return 4096 + i * (region(v) / Lanes.BYTES * Lanes.BYTES);
  }

  /** Runs the same call on both kernels, on equal memory, and compares. */
  private static void same(
      String name, double tolerance, long bytes, BiConsumer<Kernels, MemorySegment> call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment plain = arena.allocate(bytes, 64);
      MemorySegment vector = arena.allocate(bytes, 64);
      SplittableRandom random = new SplittableRandom(SEED);
      for (long o = 0; o < bytes; o += Float.BYTES) {
        // Steps of 1/8 make ties, which pooling has to break.
        plain.set(FLOAT, o, random.nextInt(-16, 17) / 8f);
      }
      vector.copyFrom(plain);
      call.accept(Kernels.plain(), plain);
      call.accept(Kernels.vector(), vector);
      for (long o = 0; o < bytes; o += Float.BYTES) {
        float expected = plain.get(FLOAT, o);
        float actual = vector.get(FLOAT, o);
        double allowed = tolerance * Math.max(1, Math.abs(expected));
        boolean close = expected == actual || Math.abs(expected - actual) <= allowed;
        if (!close) {
          assertThat(actual)
              .as("%s at byte %d, seed %d: plain %s", name, o, SEED, expected)
              .isEqualTo(expected);
        }
      }
    }
  }

  private static void same(
      String name, double tolerance, Volume v, BiConsumer<Kernels, MemorySegment> call) {
    same(name, tolerance, region(v, 7), call);
  }

  /** Writes what a cell of this kind holds: class numbers, masks, or scales. */
  private static void cell(MemorySegment m, long at, int vectors, int bound, float factor) {
    SplittableRandom random = new SplittableRandom(SEED + bound);
    for (int i = 0; i < vectors * Lanes.COUNT; i++) {
      m.set(FLOAT, at + 4L * i, random.nextInt(bound) * factor);
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void activations(Volume v) {
    for (Activation a : Activation.values()) {
      for (int halo = 0; halo < 2; halo++) {
        Volume out = v.withHalo(halo);
        same(
            a + " " + v,
            ROUNDED,
            v,
            (k, m) -> {
              k.activate(m, a, v, region(v, 0), out, region(v, 1));
              k.activateBackward(
                  m, a, out, region(v, 2), v, region(v, 3), v.withHalo(2), region(v, 4));
              k.activate(m, a, v, region(v, 5), v, region(v, 5));
            });
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void pools(Volume v) {
    List<Window> windows =
        List.of(
            new Window(1, 1, 0),
            new Window(2, 2, 0),
            new Window(2, 1, 0),
            new Window(2, 2, 1),
            new Window(3, 1, 1),
            new Window(3, 2, 0),
            new Window(3, 2, 1),
            new Window(3, 4, 0),
            new Window(3, 5, 1),
            new Window(5, 3, 2));
    for (Window w : windows) {
      int height = w.places(v.height());
      int width = w.places(v.width());
      if (height < 1 || width < 1) {
        continue;
      }
      Volume out = new Volume(v.channels(), height, width, 1, v.vectors());
      Volume dOut = out.withHalo(0);
      Volume dIn = v.withHalo(2);
      long outAt = 2 * region(v, 1);
      long bytes = 10 * region(v, 2);
      long dOutAt = 5 * region(v, 1);
      long dInAt = 9 * region(v, 1);
      for (float floor : new float[] {Float.NEGATIVE_INFINITY, 0}) {
        String name = "max above " + floor + " " + w + v;
        BiConsumer<Kernels, MemorySegment> defined =
            (k, m) -> {
              k.maxPool(m, w, floor, v, region(v, 0), out, outAt);
              k.maxPoolBackward(m, w, floor, v, region(v, 0), out, outAt, dOut, dOutAt, dIn, dInAt);
            };
        same(name, EXACT, bytes, defined);
        Library library = new Library(Engine.Convolving.FASTEST);
        MaxPooling.Forward forward = MaxPooling.forward(library, w, floor, v, out);
        MaxPooling.Backward backward =
            MaxPooling.backward(library, w, floor, v, out, dOut, dIn, false);
        same(
            "planned " + name,
            EXACT,
            bytes,
            (k, m) -> {
              if (k == Kernels.plain()) {
                defined.accept(k, m);
              } else {
                forward.run(m, region(v, 0), outAt);
                backward.run(m, region(v, 0), outAt, dOutAt, dInAt);
              }
            });
        if (!MaxPooling.canAdd(w)) {
          continue;
        }
        MaxPooling.Backward adding =
            MaxPooling.backward(library, w, floor, v, out, dOut, dIn, true);
        long shareAt = 12 * region(v, 1);
        same(
            "added " + name,
            ROUNDED,
            bytes,
            (k, m) -> {
              k.maxPool(m, w, floor, v, region(v, 0), out, outAt);
              if (k == Kernels.plain()) {
                k.maxPoolBackward(
                    m, w, floor, v, region(v, 0), out, outAt, dOut, dOutAt, dIn, shareAt);
                k.add(m, dIn, dInAt, dIn, shareAt, dIn, dInAt);
              } else {
                adding.run(m, region(v, 0), outAt, dOutAt, dInAt);
              }
              m.asSlice(shareAt, dIn.bytes()).fill((byte) 0);
            });
      }
      same(
          "average " + w + v,
          ROUNDED,
          bytes,
          (k, m) -> {
            k.averagePool(m, w, v, region(v, 0), out, outAt);
            k.averagePoolBackward(m, w, dOut, dOutAt, dIn, dInAt);
          });
    }
    Volume flat = Volume.features(v.channels(), v.vectors());
    same(
        "global " + v,
        SUMMED,
        v,
        (k, m) -> {
          k.globalAveragePool(m, v, region(v, 0), flat, region(v, 1));
          k.globalAveragePoolBackward(m, flat, region(v, 2), v, region(v, 3));
        });
  }

  @Test
  void softmaxes() {
    for (int features : new int[] {1, 2, 7, 10, 33}) {
      for (int vectors = 1; vectors <= 3; vectors++) {
        int cells = vectors;
        Volume v = Volume.features(features, vectors);
        same(
            "softmax " + v,
            ROUNDED * 10,
            v,
            (k, m) -> {
              k.softmax(m, features, cells, region(v, 0), region(v, 1));
              k.softmaxBackward(m, features, cells, region(v, 0), region(v, 2), region(v, 3));
              k.logSoftmax(m, features, cells, region(v, 4), region(v, 4));
              k.logSoftmaxBackward(m, features, cells, region(v, 4), region(v, 5), region(v, 6));
            });
      }
    }
  }

  @Test
  void losses() {
    for (int classes : new int[] {1, 2, 10, 17}) {
      for (int vectors = 1; vectors <= 3; vectors++) {
        for (float smoothing : new float[] {0, 0.1f}) {
          int cells = vectors;
          Volume v = Volume.features(classes, vectors);
          long in = region(v, 0);
          long d = region(v, 1);
          long labels = region(v, 2);
          long scale = region(v, 3);
          long loss = region(v, 4);
          long right = region(v, 5);
          for (long gradient : new long[] {Kernels.NONE, d, in}) {
            String name = "%s smoothing %s gradient %d".formatted(v, smoothing, gradient);
            same(
                "cross-entropy " + name,
                ROUNDED * 10,
                v,
                (k, m) -> {
                  cell(m, labels, cells, classes, 1);
                  cell(m, scale, cells, 2, 1f / 64);
                  k.crossEntropy(
                      m, classes, cells, in, labels, scale, smoothing, gradient, loss, right);
                });
            same(
                "probabilities " + name,
                ROUNDED * 10,
                v,
                (k, m) -> {
                  cell(m, labels, cells, classes, 1);
                  cell(m, scale, cells, 2, 1f / 64);
                  k.probabilityCrossEntropy(
                      m, classes, cells, in, labels, scale, smoothing, gradient, loss, right);
                });
            same(
                "logs " + name,
                ROUNDED * 10,
                v,
                (k, m) -> {
                  cell(m, labels, cells, classes, 1);
                  cell(m, scale, cells, 2, 1f / 64);
                  k.negativeLogLikelihood(
                      m, classes, cells, in, labels, scale, smoothing, gradient, loss, right);
                });
          }
        }
      }
    }
  }

  /** A norm whose numbers stand one after the other in a region. */
  private static Kernels.Norm norm(long at) {
    return new Kernels.Norm(
        at, at + 256, at + 512, at + 768, at + 1024, at + 1280, at + 1536, at + 1792, 1e-5f, 0.1f);
  }

  /** Partial results of so many blocks, all with the same mask. */
  private static Kernels.Partials partials(Volume v, int blocks, long at, long mask) {
    long stride = 2L * v.channels() * v.cell();
    return new Kernels.Partials(blocks, at, stride, mask, 0, v.vectors(), v.cells());
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void norms(Volume v) {
    Kernels.Norm norm = norm(64);
    long mask = region(v, 0);
    Volume out = v.withHalo(1);
    same(
        "norm " + v,
        SUMMED * 10,
        v,
        (k, m) -> {
          cell(m, mask, v.vectors(), 2, 1);
          // Partial results of two blocks, on two different inputs.
          Kernels.Partials partials = partials(v, 2, region(v, 5), mask);
          k.normStatistics(m, v, region(v, 1), mask, partials.at());
          k.normStatistics(m, v, region(v, 2), mask, partials.at() + partials.stride());
          if (v.cells() > 1) {
            for (int c = 0; c < v.channels(); c++) {
              k.normFinish(m, c, partials, norm);
            }
          }
          k.normalize(m, v, region(v, 1), out, region(v, 3), norm);
        });
    same(
        "norm backward " + v,
        SUMMED * 10,
        v,
        (k, m) -> {
          cell(m, mask, v.vectors(), 2, 1);
          Kernels.Partials partials = partials(v, 1, region(v, 6), mask);
          k.normBackwardStatistics(m, v, region(v, 1), v, region(v, 3), norm, partials.at());
          for (int c = 0; c < v.channels(); c++) {
            k.normBackwardFinish(m, c, partials, norm);
          }
          k.normBackward(
              m, v, region(v, 1), v, region(v, 3), v.withHalo(2), region(v, 4), norm, 77, mask);
          k.normalize(m, v, region(v, 1), v, region(v, 1), norm);
        });
  }

  @Test
  void normStatisticsAreThoseOfAllImages() {
    Volume v = new Volume(1, 3, 5, 1, 2);
    Kernels.Norm norm = norm(0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(1 << 20, 64);
      SplittableRandom random = new SplittableRandom(SEED);
      long mask = 4096;
      double sum = 0;
      double squares = 0;
      int count = 0;
      for (int b = 0; b < 2; b++) {
        for (int i = 0; i < 2 * Lanes.COUNT; i++) {
          boolean live = b == 0 || i < Lanes.COUNT + 1;
          m.set(FLOAT, mask + b * v.cell() + 4L * i, live ? 1 : 0);
          for (int p = 0; p < v.cells(); p++) {
            float x = 5 + random.nextInt(1000) / 500f;
            m.set(FLOAT, 8192 + b * 16384L + v.at(0, p / 5, p % 5) + 4L * i, x);
            sum += live ? x : 0;
            squares += live ? (double) x * x : 0;
            count += live ? 1 : 0;
          }
        }
      }
      for (int b = 0; b < 2; b++) {
        Kernels.vector()
            .normStatistics(m, v, 8192 + b * 16384L, mask + b * v.cell(), 65536 + b * 1024L);
      }
      Kernels.vector()
          .normFinish(m, 0, new Kernels.Partials(2, 65536, 1024, mask, v.cell(), 2, 15), norm);
      double mean = sum / count;
      double variance = squares / count - mean * mean;
      assertThat((double) m.get(FLOAT, norm.mean())).isCloseTo(mean, offset(1e-6));
      assertThat((double) m.get(FLOAT, norm.inverseStd()))
          .isCloseTo(1 / Math.sqrt(variance + 1e-5), offset(1e-5));
      assertThat((double) m.get(FLOAT, norm.runningVariance()))
          .isCloseTo(0.1 * variance * count / (count - 1), offset(1e-6));
    }
  }

  private static org.assertj.core.data.Offset<Double> offset(double by) {
    return org.assertj.core.data.Offset.offset(by);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void moves(Volume v) {
    Volume other = v.withHalo(1);
    Volume flat = Volume.features(v.channels() * v.cells(), v.vectors());
    same(
        "moves " + v,
        EXACT,
        v,
        (k, m) -> {
          k.copy(m, v, region(v, 0), other, region(v, 1));
          k.copy(m, v, region(v, 0), flat, region(v, 2));
          k.copy(m, flat, region(v, 2), v.withHalo(2), region(v, 3));
          k.add(m, v, region(v, 0), other, region(v, 1), v.withHalo(2), region(v, 4));
          k.dropout(m, v, region(v, 0), other, region(v, 5), 0.3f, SEED << 25, 40);
          k.fill(m, region(v, 6), 3L * Lanes.BYTES, 0.5f);
          k.addRange(m, region(v, 0), region(v, 6), 7L * Lanes.BYTES);
          k.sumLanes(m, v.channels(), region(v, 0), region(v, 6) + 8L * Lanes.BYTES);
          k.normFromRunning(m, 0, norm(0));
        });
    same("bias " + v, SUMMED, v, (k, m) -> k.biasGradient(m, v, region(v, 0), region(v, 1)));
  }

  @Test
  void dropoutKeepsTheRightShareOfNumbers() {
    Volume v = new Volume(50, 10, 10, 0, 1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(2 * v.bytes(), 64);
      Kernels.vector().fill(m, 0, v.bytes(), 1);
      Kernels.vector().dropout(m, v, 0, v, v.bytes(), 0.25f, Key.of(SEED).state(), 0);
      double sum = 0;
      long count = v.bytes() / Float.BYTES;
      for (long i = 0; i < count; i++) {
        float x = m.get(FLOAT, v.bytes() + 4 * i);
        assertThat(x == 0 || Math.abs(x - 4f / 3) < 1e-6).isTrue();
        sum += x;
      }
      // The standard deviation of the mean of 20,000 or more is under 0.0041: five of them.
      assertThat(sum / count).isCloseTo(1, offset(0.0205));
    }
  }

  @Test
  void optimisers() {
    for (int vectors : new int[] {0, 1, 3, 17, 64, 65}) {
      long bytes = (long) vectors * Lanes.BYTES;
      long r = 8192;
      // Adam divides by the root of a slot, which has to be positive: the fill sees to it.
      same(
          "optimisers " + vectors,
          ROUNDED * 10,
          10 * r,
          (k, m) -> {
            k.sgd(m, bytes, r, 2 * r, Kernels.NONE, 0.1f, 0, false, 0.01f, 0.5f);
            k.sgd(m, bytes, r, 2 * r, 3 * r, 0.1f, 0.9f, false, 0.01f, 0.5f);
            k.sgd(m, bytes, r, 2 * r, 4 * r, 0.1f, 0.9f, true, 0.01f, 0.5f);
            k.fill(m, 6 * r, bytes, 0.25f);
            k.adam(
                m, bytes, 7 * r, 2 * r, 5 * r, 6 * r, 1e-3, 0.9, 0.999, 1e-8, 0.01, 0.02, 0.271,
                0.003, 0.5f);
            // Sums of up to 1040 squares with relative error under 1e-6.
            float sum = (float) k.sumOfSquares(m, bytes, 2 * r);
            m.set(FLOAT, 8 * r, sum);
          });
    }
  }

  @Test
  void sumOfSquaresTellsWhetherAllNumbersAreFinite() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(64L * Lanes.BYTES, 64);
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 9e17f}) {
        for (long o = 0; o < m.byteSize(); o += 36) {
          Kernels.vector().fill(m, 0, m.byteSize(), 9e17f);
          m.set(FLOAT, o, bad);
          assertThat(Double.isFinite(Kernels.vector().sumOfSquares(m, m.byteSize(), 0)))
              .isEqualTo(Float.isFinite(bad));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void notANumberPassesThroughActivations(Activation a) {
    Volume v = Volume.features(1, 1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(Lanes.BYTES, 64);
      Kernels.vector().fill(m, 0, Lanes.BYTES, Float.NaN);
      Kernels.vector().activate(m, a, v, 0, v, 0);
      assertThat(m.get(FLOAT, 0)).isNaN();
    }
  }

  @Test
  void deadLanesHaveNoGradientAndNotANumberReachesTheLoss() {
    Volume v = Volume.features(10, 1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(1 << 16, 64);
      long cell = Lanes.BYTES;
      Kernels.vector().fill(m, 0, v.bytes(), -3e38f);
      m.set(FLOAT, 0, Float.NaN);
      m.set(FLOAT, 4, 3e38f);
      long labels = 8192;
      long scale = labels + cell;
      long loss = scale + cell;
      m.set(FLOAT, scale, 1);
      Kernels.vector().crossEntropy(m, 10, 1, 0, labels, scale, 0.1f, 16384, loss, loss + cell);
      assertThat(m.get(FLOAT, loss)).isNaN();
      for (int k = 0; k < 10; k++) {
        assertThat(m.get(FLOAT, 16384 + k * cell)).isNaN();
        for (int i = 1; i < Lanes.COUNT; i++) {
          assertThat(m.get(FLOAT, 16384 + k * cell + 4L * i) == 0).isTrue();
        }
      }
    }
  }

  @Test
  void warmUpCallsStayInTheirScratchMemory() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(VectorKernels.WARM_BYTES + 2L * Lanes.BYTES, 64);
      List<Warm> all =
          Arrays.stream(Operator.values())
              .flatMap(operator -> VectorKernels.warm(operator, m, Lanes.BYTES).stream())
              .toList();
      for (Warm warm : all) {
        Kernels.vector().fill(m, 0, m.byteSize(), 0.5f);
        warm.empty().run();
        warm.small().run();
        for (long guard : new long[] {0, m.byteSize() - Lanes.BYTES}) {
          for (int i = 0; i < Lanes.COUNT; i++) {
            assertThat(m.get(FLOAT, guard + 4L * i)).as(warm.name()).isEqualTo(0.5f);
          }
        }
      }
    }
  }
}
