package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;
import dev.crema.engine.Window;

/**
 * The mean of a sliding window; padding counts as zeros.
 *
 * <p>Shapes: [c, h, w] to [c, (h + 2 p - k) / s + 1, (w + 2 p - k) / s + 1].
 *
 * @param kernel height and width of the window
 * @param stride cells from one place of the window to the next
 * @param padding cells around the input, at most half a window
 */
public record AvgPool2d(int kernel, int stride, int padding) implements Op {
  /** Validates the sizes. */
  public AvgPool2d {
    new Window(kernel, stride, padding);
    if (2 * padding > kernel) {
      throw new IllegalArgumentException(
          "padding must be at most half the kernel, got %s and %s".formatted(padding, kernel));
    }
  }

  /** Windows side by side. */
  public AvgPool2d(int kernel) {
    this(kernel, kernel, 0);
  }

  /** The same with this stride. */
  public AvgPool2d stride(int stride) {
    return new AvgPool2d(kernel, stride, padding);
  }

  /** The same with this padding. */
  public AvgPool2d padding(int padding) {
    return new AvgPool2d(kernel, stride, padding);
  }

  private Window window() {
    return new Window(kernel, stride, padding);
  }

  @Override
  public Shape output(Shape input) {
    Shape image = ShapeException.image(this, input);
    return Conv2d.window(this, window(), image.channels(), image);
  }

  @Override
  public String toString() {
    return "AvgPool2d(kernel="
        + kernel
        + (stride == kernel ? "" : ", stride=" + stride)
        + (padding == 0 ? ")" : ", padding=" + padding + ")");
  }

  @Override
  public boolean readsOutputBackward() {
    return false;
  }

  @Override
  public void lower(Lowering to) {
    Value in = to.input();
    Value out = to.output();
    Kernels kernels = to.kernels(Operator.AVERAGE_POOL);
    Window window = window();
    to.block(
        (m, work) ->
            kernels.averagePool(m, window, in.volume(), in.at(work), out.volume(), out.at(work)),
        in.buffer(),
        out.buffer());
    to.backward(() -> {
      if (to.needsInputGradient()) {
        Value dOut = to.outputGradient();
        Value dIn = to.inputGradient();
        to.block(
            (m, work) ->
                kernels.averagePoolBackward(
                    m, window, dOut.volume(), dOut.at(work), dIn.volume(), dIn.at(work)),
            dOut.buffer(),
            dIn.buffer());
      }
    });
  }
}
