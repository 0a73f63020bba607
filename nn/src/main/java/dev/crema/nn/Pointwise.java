package dev.crema.nn;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.DoubleUnaryOperator;

/** One function of each number by itself, in plain loops over the cells of a block. */
final class Pointwise {
  private Pointwise() {}

  static void lower(Lowering to, DoubleUnaryOperator function, DoubleUnaryOperator slope) {
    Value in = to.input();
    Value out = to.output();
    to.block((m, work) -> apply(m, function, in, out, work), in.buffer(), out.buffer());
    to.backward(() -> {
      if (to.needsInputGradient()) {
        Value dOut = to.outputGradient();
        Value dIn = to.inputGradient();
        to.block(
            (m, work) -> applySlope(m, slope, in, dOut, dIn, work),
            in.buffer(),
            dOut.buffer(),
            dIn.buffer());
      }
    });
  }

  /** out = f(in). */
  private static void apply(
      MemorySegment m, DoubleUnaryOperator function, Value in, Value out, Work work) {
    Volume volume = in.volume();
    long bytes = volume.width() * volume.cell();
    for (int channel = 0; channel < volume.channels(); channel++) {
      for (int row = 0; row < volume.height(); row++) {
        long x = in.at(work) + volume.at(channel, row, 0);
        long y = out.at(work) + out.volume().at(channel, row, 0);
        for (long i = 0; i < bytes; i += Float.BYTES) {
          float value = (float) function.applyAsDouble(m.get(ValueLayout.JAVA_FLOAT, x + i));
          m.set(ValueLayout.JAVA_FLOAT, y + i, value);
        }
      }
    }
  }

  /** dIn = dOut * f'(in). */
  private static void applySlope(
      MemorySegment m, DoubleUnaryOperator slope, Value in, Value dOut, Value dIn, Work work) {
    Volume volume = in.volume();
    long bytes = volume.width() * volume.cell();
    for (int channel = 0; channel < volume.channels(); channel++) {
      for (int row = 0; row < volume.height(); row++) {
        long x = in.at(work) + volume.at(channel, row, 0);
        long dy = dOut.at(work) + dOut.volume().at(channel, row, 0);
        long dx = dIn.at(work) + dIn.volume().at(channel, row, 0);
        for (long i = 0; i < bytes; i += Float.BYTES) {
          double steepness = slope.applyAsDouble(m.get(ValueLayout.JAVA_FLOAT, x + i));
          float value = (float) (m.get(ValueLayout.JAVA_FLOAT, dy + i) * steepness);
          m.set(ValueLayout.JAVA_FLOAT, dx + i, value);
        }
      }
    }
  }
}
