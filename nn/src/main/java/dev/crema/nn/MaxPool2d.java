package dev.crema.nn;

import dev.crema.engine.Window;
import dev.crema.engine.kernel.MaxPooling;

/**
 * The maximum of a sliding window; padding counts as minus infinity.
 *
 * <p>Shapes: [c, h, w] to [c, (h + 2 p - k) / s + 1, (w + 2 p - k) / s + 1].
 *
 * @param kernel height and width of the window
 * @param stride cells from one place of the window to the next
 * @param padding cells around the input, at most half a window
 */
public record MaxPool2d(int kernel, int stride, int padding) implements Op {
  /** Validates the sizes. */
  public MaxPool2d {
    new Window(kernel, stride, padding);
    if (2 * padding > kernel) {
      throw new IllegalArgumentException(
          "padding must be at most half the kernel, got %s and %s".formatted(padding, kernel));
    }
  }

  /** Windows side by side. */
  public MaxPool2d(int kernel) {
    this(kernel, kernel, 0);
  }

  /** The same with this stride. */
  public MaxPool2d stride(int stride) {
    return new MaxPool2d(kernel, stride, padding);
  }

  /** The same with this padding. */
  public MaxPool2d padding(int padding) {
    return new MaxPool2d(kernel, stride, padding);
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
    return "MaxPool2d(kernel="
        + kernel
        + (stride == kernel ? "" : ", stride=" + stride)
        + (padding == 0 ? ")" : ", padding=" + padding + ")");
  }

  /**
   * Windows that do not overlap are handled one by one: all of one is read before it is written.
   */
  @Override
  public boolean canOverwriteInput() {
    return kernel == 2 && stride == 2 && padding == 0;
  }

  @Override
  public Rectifying rectifying() {
    return Rectifying.BOTH_WAYS;
  }

  @Override
  public void lower(Lowering to) {
    Value in = to.input();
    Value out = to.output();
    float floor = to.rectifies() ? 0 : Float.NEGATIVE_INFINITY;
    MaxPooling.Forward forward =
        MaxPooling.forward(to.library(), window(), floor, in.volume(), out.volume());
    to.block((m, work) -> forward.run(m, in.at(work), out.at(work)), in.buffer(), out.buffer());
    to.backward(() -> {
      if (to.needsInputGradient()) {
        Value dOut = to.outputGradient();
        boolean adds = MaxPooling.canAdd(window()) && to.hasInputGradient();
        Value dIn = adds ? to.startedInputGradient() : to.inputGradient();
        MaxPooling.Backward backward =
            MaxPooling.backward(
                to.library(),
                window(),
                floor,
                in.volume(),
                out.volume(),
                dOut.volume(),
                dIn.volume(),
                adds);
        to.block(
            (m, work) -> backward.run(m, in.at(work), out.at(work), dOut.at(work), dIn.at(work)),
            in.buffer(),
            out.buffer(),
            dOut.buffer(),
            dIn.buffer());
      }
    });
  }
}
