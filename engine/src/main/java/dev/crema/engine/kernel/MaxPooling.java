package dev.crema.engine.kernel;

import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Max pooling, both ways: overlapping windows of three by three cells on generated kernels, others
 * on {@link Kernels#maxPool}.
 */
public final class MaxPooling {
  private MaxPooling() {}

  /** From the input to the output. */
  @FunctionalInterface
  public interface Forward {
    /** Computes a block. */
    void run(MemorySegment memory, long in, long out);
  }

  /** From the gradient of the output to that of the input. */
  @FunctionalInterface
  public interface Backward {
    /** Computes a block; writes every cell of the input's gradient, or adds to it. */
    void run(MemorySegment memory, long in, long out, long outGradient, long inGradient);
  }

  /** Plans the way forward: see {@link Kernels#maxPool}. */
  public static Forward forward(
      Library library, Window window, float floor, Volume in, Volume out) {
    if (window.kernel() != MaxPoolTile.KERNEL) {
      library.need(Operator.MAX_POOL);
      Kernels kernels = Kernels.vector();
      return (m, inAt, outAt) -> kernels.maxPool(m, window, floor, in, inAt, out, outAt);
    }
    List<Stretch<MaxPoolKernel>> stretches =
        stretches(window, in, in, out, tile -> library.loop(new MaxPoolKernel.Form(tile, floor)));
    return (m, inAt, outAt) -> {
      for (int c = 0; c < in.channels(); c++) {
        for (int y = 0; y < out.height(); y++) {
          int rows = window.rows(y, in.height());
          long from = inAt + in.at(c, window.top(y), 0);
          long to = outAt + out.at(c, y, 0);
          for (long v = 0; v < in.cell(); v += Vectors.BYTES) {
            for (int i = 0; i < stretches.size(); i++) {
              Stretch<MaxPoolKernel> each = stretches.get(i);
              each.kernel().run(m, each.strides(), from + v, each.in(), to + each.out() + v, rows);
            }
          }
        }
      }
    };
  }

  /** Whether the way back can add to what is there. */
  public static boolean canAdd(Window window) {
    return window.kernel() == MaxPoolTile.KERNEL;
  }

  /**
   * Plans the way back: see {@link Kernels#maxPoolBackward}.
   *
   * @param adds whether it adds to what is there, if it {@link #canAdd}
   */
  public static Backward backward(
      Library library,
      Window window,
      float floor,
      Volume in,
      Volume out,
      Volume outGradient,
      Volume inGradient,
      boolean adds) {
    if (window.kernel() != MaxPoolTile.KERNEL) {
      library.need(Operator.MAX_POOL);
      Kernels kernels = Kernels.vector();
      return (m, inAt, outAt, dOutAt, dInAt) ->
          kernels.maxPoolBackward(
              m, window, floor, in, inAt, out, outAt, outGradient, dOutAt, inGradient, dInAt);
    }
    List<Stretch<MaxPoolGradientKernel>> stretches =
        stretches(
            window,
            in,
            inGradient,
            out,
            tile -> library.loop(new MaxPoolGradientKernel.Form(tile, floor)));
    return (m, inAt, outAt, dOutAt, dInAt) -> {
      for (int c = 0; c < in.channels(); c++) {
        if (!adds) {
          VectorKernels.clearForPool(m, window, out, inGradient, c, dInAt);
        }
        for (int y = 0; y < out.height(); y++) {
          int rows = window.rows(y, in.height());
          long from = inAt + in.at(c, window.top(y), 0);
          long to = dInAt + inGradient.at(c, window.top(y), 0);
          long result = outAt + out.at(c, y, 0);
          long gradient = dOutAt + outGradient.at(c, y, 0);
          for (long v = 0; v < in.cell(); v += Vectors.BYTES) {
            for (int i = 0; i < stretches.size(); i++) {
              Stretch<MaxPoolGradientKernel> each = stretches.get(i);
              each.kernel()
                  .run(
                      m,
                      each.strides(),
                      from + v,
                      each.in(),
                      result + each.out() + v,
                      gradient + each.out() + v,
                      to + v,
                      rows);
            }
          }
        }
      }
    };
  }

  /**
   * Places of a row that one kernel handles.
   *
   * @param in bytes from the input row's first cell to the first column under the window
   * @param out bytes from the output row's first cell to the first place
   */
  private record Stretch<K>(K kernel, MaxPoolTile.Strides strides, long in, long out) {}

  /** Whole tiles, and what is left. */
  private static <K> List<Stretch<K>> stretches(
      Window window, Volume in, Volume inGradient, Volume out, Function<MaxPoolTile, K> kernel) {
    List<Stretch<K>> made = new ArrayList<>();
    int first = 0;
    while (first < out.width()) {
      int left = out.width() - first;
      MaxPoolTile tile = MaxPoolTile.of(window, left, in.cell());
      int tiles = left / tile.places();
      made.add(
          new Stretch<>(
              kernel.apply(tile),
              tile.strides(tiles, in, inGradient),
              (first * window.stride() - window.padding()) * in.cell(),
              first * in.cell()));
      first += tiles * tile.places();
    }
    return made;
  }
}
