package dev.crema.nn;

import dev.crema.engine.Convolution;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Two-dimensional convolution: {@code y[o, i, j] = b[o] + sum of w[o, c, ky, kx] * x[c, i s + ky -
 * p, j s + kx - p]}.
 *
 * <p>Shapes: [c, h, w] to [filters, (h + 2 p - k) / s + 1, (w + 2 p - k) / s + 1]; weight [filters,
 * c / groups, k, k], bias [filters].
 *
 * @param filters output channels
 * @param kernel height and width of the window
 * @param stride cells from one place of the window to the next
 * @param padding zero cells around the input
 * @param groups parts that the channels are split into; as many as input channels: depthwise
 * @param bias whether a bias is added
 * @param init the weights' first values
 * @param biasInit the biases' first values
 */
public record Conv2d(
    int filters,
    int kernel,
    int stride,
    int padding,
    int groups,
    boolean bias,
    Initializer init,
    Initializer biasInit)
    implements Op {
  /** Validates the sizes. */
  public Conv2d {
    Objects.requireNonNull(init, "init");
    Objects.requireNonNull(biasInit, "biasInit");
    new Window(kernel, stride, padding);
    if (filters < 1 || groups < 1 || filters % groups != 0) {
      throw new IllegalArgumentException(
          "filters must be a multiple of groups, got %s and %s".formatted(filters, groups));
    }
  }

  /** Stride 1, no padding, one group, a bias, PyTorch's first values. */
  public Conv2d(int filters, int kernel) {
    this(
        filters,
        kernel,
        1,
        0,
        1,
        true,
        new Initializer.TorchDefault(),
        new Initializer.TorchDefault());
  }

  /** The same with this stride. */
  public Conv2d stride(int stride) {
    return new Conv2d(filters, kernel, stride, padding, groups, bias, init, biasInit);
  }

  /** The same with this padding. */
  public Conv2d padding(int padding) {
    return new Conv2d(filters, kernel, stride, padding, groups, bias, init, biasInit);
  }

  /** The same in this many groups. */
  public Conv2d groups(int groups) {
    return new Conv2d(filters, kernel, stride, padding, groups, bias, init, biasInit);
  }

  /** The same without a bias. */
  public Conv2d noBias() {
    return new Conv2d(filters, kernel, stride, padding, groups, false, init, biasInit);
  }

  @Override
  public Conv2d init(Initializer weights, Initializer biases) {
    return new Conv2d(filters, kernel, stride, padding, groups, bias, weights, biases);
  }

  /**
   * Whether it makes each cell of the output from the same cell of the input, all channels of it.
   */
  boolean isOfCells() {
    return kernel == 1 && stride == 1 && padding == 0 && groups == 1;
  }

  private Window window() {
    return new Window(kernel, stride, padding);
  }

  @Override
  public Shape output(Shape input) {
    Shape image = ShapeException.image(this, input);
    if (image.channels() % groups != 0) {
      throw new ShapeException(
          "%s expects channels in a multiple of %s, got %s".formatted(this, groups, input));
    }
    return window(this, window(), filters, image);
  }

  /** The shape that a sliding window makes. */
  static Shape window(Op op, Window window, int channels, Shape input) {
    int height = window.places(input.height());
    int width = window.places(input.width());
    if (height < 1 || width < 1) {
      throw new ShapeException(
          "%s expects height and width of at least %s, got %s; use a smaller kernel, more padding or larger images."
              .formatted(op, window.kernel() - 2 * window.padding(), input));
    }
    return Shape.image(channels, height, width);
  }

  @Override
  public List<Parameter> parameters(Shape input) {
    int inputs = input.channels() / groups;
    int fanIn = inputs * kernel * kernel;
    int fanOut = filters / groups * kernel * kernel;
    List<Parameter> parameters = new ArrayList<>();
    parameters.add(
        new Parameter(
            "weight", List.of(filters, inputs, kernel, kernel), init, fanIn, fanOut, true));
    if (bias) {
      parameters.add(Parameter.vector("bias", filters, biasInit, fanIn, true));
    }
    return parameters;
  }

  @Override
  public long multiplyAdds(Shape input) {
    Shape out = output(input);
    return (long) out.size() * (input.channels() / groups) * kernel * kernel;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Conv2d(filters=" + filters + ", kernel=" + kernel);
    text.append(stride == 1 ? "" : ", stride=" + stride);
    text.append(padding == 0 ? "" : ", padding=" + padding);
    text.append(groups == 1 ? "" : ", groups=" + groups);
    return text.append(bias ? ")" : ", bias=false)").toString();
  }

  @Override
  public int inputHalo(Shape input) {
    return padding;
  }

  @Override
  public int gradientHalo(Shape input) {
    return Convolution.gradientHalo(window(), input.width());
  }

  @Override
  public boolean readsOutputBackward() {
    return false;
  }

  @Override
  public Rectifying rectifying() {
    return Rectifying.FORWARD;
  }

  @Override
  public void lower(Lowering to) {
    if (to.isFirstSibling()) {
      to.pass(Pass.FORWARD);
      ConvolutionSteps.forward(
          to.siblings().stream()
              .map(each -> {
                Volume out = each.output().volume();
                return new ConvolutionSteps(each, spec(each, out, each.outputGradientVolume()));
              })
              .toList());
    }
    if (to.isTraining()) {
      Value dOut = to.outputGradient();
      to.backward(() -> lowerBackward(to, dOut));
    }
  }

  /** Adds the way back: but for the biases, that of all siblings as one convolution. */
  private void lowerBackward(Lowering to, Value dOut) {
    boolean isFirst = to.isFirstSibling();
    Value all = to.siblingsOutputGradient();
    Volume out = to.output().volume().withChannels(all.volume().channels());
    ConvolutionSteps steps = new ConvolutionSteps(to, spec(to, out, all.volume()));
    to.pass(Pass.BACKWARD_WEIGHTS);
    if (isFirst) {
      steps.weights(to.input(), all, to.parameterGradient("weight"));
    }
    if (bias) {
      to.biasGradient(dOut, filters);
    }
    if (isFirst && to.needsInputGradient()) {
      to.pass(Pass.BACKWARD_DATA);
      steps.backward(all, to.parameter("weight"));
    }
  }

  private Convolution spec(Lowering to, Volume out, Volume outGradient) {
    return new Convolution(
        window(),
        groups,
        to.input().volume(),
        out,
        to.inputGradientVolume(),
        outGradient,
        to.weightColumns());
  }
}
