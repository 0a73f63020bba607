package dev.crema.engine;

import dev.crema.engine.kernel.PlainKernels;
import dev.crema.engine.kernel.VectorKernels;
import java.lang.foreign.MemorySegment;

/**
 * The operators other than convolutions and matrix products, each on one block of images.
 *
 * <p>All memory is one segment {@code m}, and addresses are byte offsets into it. Volumes that meet
 * in one call agree in channels, sizes and vectors unless said otherwise, and may differ in halo;
 * halos are neither read nor written. Nothing is allocated. Results do not depend on threads, nor
 * on whether the code is interpreted or compiled.
 *
 * <p>A <em>cell</em> is {@code vectors} vectors of {@link Lanes#COUNT} images. Lanes without an
 * image hold finite numbers, and their gradients are zero.
 */
public interface Kernels {
  /** In place of an address: this result is not wanted, or this slot does not exist. */
  long NONE = -1;

  /** The kernels to run. */
  static Kernels vector() {
    return VectorKernels.INSTANCE;
  }

  /** The same in the simplest scalar loops: the definition that the others are tested against. */
  static Kernels plain() {
    return PlainKernels.INSTANCE;
  }

  /**
   * The sums of a channel over the blocks of a batch, on their way to one number.
   *
   * <p>A block's partial results start at {@code at + block * stride}: two cells for each channel.
   *
   * @param blocks blocks of the batch
   * @param at the first block's partial results
   * @param stride bytes from a block's partial results to the next
   * @param masks the first block's mask: a cell that holds 1 for an image and 0 for a dead lane
   * @param maskStride bytes from a block's mask to the next
   * @param vectors vectors in a cell
   * @param cells cells of a channel, height x width
   */
  record Partials(
      int blocks, long at, long stride, long masks, long maskStride, int vectors, int cells) {}

  /**
   * Where a batch norm keeps its numbers: each address is that of one float for each channel.
   *
   * @param mean the mean in use
   * @param inverseStd 1 / sqrt(variance + eps) in use
   * @param gamma scale
   * @param beta shift
   * @param dGamma gradient of the scale
   * @param dBeta gradient of the shift
   * @param runningMean the mean for inference
   * @param runningVariance the unbiased variance for inference
   * @param eps what is added to the variance
   * @param momentum the weight of a new batch in the running numbers
   */
  record Norm(
      long mean,
      long inverseStd,
      long gamma,
      long beta,
      long dGamma,
      long dBeta,
      long runningMean,
      long runningVariance,
      float eps,
      float momentum) {}

  /** out = a(in). In place is fine. */
  void activate(MemorySegment m, Activation a, Volume in, long inAt, Volume out, long outAt);

  /** dIn = dOut * a'(in), the slope being computed from the output. In place is fine. */
  void activateBackward(
      MemorySegment m,
      Activation a,
      Volume out,
      long outAt,
      Volume dOut,
      long dOutAt,
      Volume dIn,
      long dInAt);

  /**
   * out = the maximum of the window and the floor; padding counts as minus infinity, and so does
   * NaN.
   *
   * @param floor minus infinity for none; 0 for what a Relu makes of the maximum
   */
  void maxPool(
      MemorySegment m, Window w, float floor, Volume in, long inAt, Volume out, long outAt);

  /**
   * dIn = for each cell the sum of dOut over the windows whose result it is: in each window whose
   * result is above the floor the first cell, row by row, that equals it. Writes every cell of dIn.
   */
  void maxPoolBackward(
      MemorySegment m,
      Window w,
      float floor,
      Volume in,
      long inAt,
      Volume out,
      long outAt,
      Volume dOut,
      long dOutAt,
      Volume dIn,
      long dInAt);

  /** out = sum of the window / kernel^2; padding counts as zeros. */
  void averagePool(MemorySegment m, Window w, Volume in, long inAt, Volume out, long outAt);

  /** dIn = sum of dOut over the windows that hold the cell / kernel^2. Writes every cell of dIn. */
  void averagePoolBackward(
      MemorySegment m, Window w, Volume dOut, long dOutAt, Volume dIn, long dInAt);

  /** out[c] = mean of in[c, y, x] over y and x; out is flat. */
  void globalAveragePool(MemorySegment m, Volume in, long inAt, Volume out, long outAt);

  /** dIn[c, y, x] = dOut[c] / (height * width); dOut is flat. */
  void globalAveragePoolBackward(MemorySegment m, Volume dOut, long dOutAt, Volume dIn, long dInAt);

  /** out_k = e^in_k / sum_j e^in_j over the features of a flat volume. In place is fine. */
  void softmax(MemorySegment m, int features, int vectors, long in, long out);

  /** dIn_k = out_k * (dOut_k - sum_j dOut_j out_j). In place is fine. */
  void softmaxBackward(MemorySegment m, int features, int vectors, long out, long dOut, long dIn);

  /** out_k = in_k - log sum_j e^in_j over the features of a flat volume. In place is fine. */
  void logSoftmax(MemorySegment m, int features, int vectors, long in, long out);

  /** dIn_k = dOut_k - e^out_k * sum_j dOut_j. In place is fine. */
  void logSoftmaxBackward(
      MemorySegment m, int features, int vectors, long out, long dOut, long dIn);

  /**
   * loss = -sum_k t_k log softmax(logits)_k with t = (1 - smoothing) onehot(label) + smoothing /
   * classes; dLogits = (softmax(logits) - t) * scale.
   *
   * @param labels a cell of class numbers, as floats
   * @param scale a cell: 1 / images for an image, 0 for a dead lane
   * @param dLogits the gradient, may be {@code logits}; or {@link #NONE}
   * @param loss a cell for each lane's loss, unscaled
   * @param correct a cell: 1 where the first largest logit is that of the label, else 0
   */
  void crossEntropy(
      MemorySegment m,
      int classes,
      int vectors,
      long logits,
      long labels,
      long scale,
      float smoothing,
      long dLogits,
      long loss,
      long correct);

  /**
   * The same for probabilities: loss = -sum_k t_k log q_k with q_k = max(p_k, 1e-12);
   * dProbabilities = -t / q * scale.
   */
  void probabilityCrossEntropy(
      MemorySegment m,
      int classes,
      int vectors,
      long probabilities,
      long labels,
      long scale,
      float smoothing,
      long dProbabilities,
      long loss,
      long correct);

  /** The same for log-probabilities: loss = -sum_k t_k l_k; dLogs = -t * scale. */
  void negativeLogLikelihood(
      MemorySegment m,
      int classes,
      int vectors,
      long logs,
      long labels,
      long scale,
      float smoothing,
      long dLogs,
      long loss,
      long correct);

  /**
   * Writes two cells for each channel: each image's mean, and its sum of squared differences from
   * that mean; both zero where the mask is.
   */
  void normStatistics(MemorySegment m, Volume in, long inAt, long mask, long partial);

  /**
   * One channel's mean and biased variance over all images, in double and in one order: mean = mean
   * of the images' means, variance = (sum of their squared differences + cells * sum (image's mean
   * - mean)^2) / (images * cells), which is Chan's formula for equal counts. Writes mean and
   * inverseStd, and moves the running numbers: r = (1 - momentum) r + momentum * new, with the
   * unbiased variance.
   */
  void normFinish(MemorySegment m, int channel, Partials partials, Norm norm);

  /** For inference: mean = runningMean, inverseStd = 1 / sqrt(runningVariance + eps). */
  void normFromRunning(MemorySegment m, int channels, Norm norm);

  /** out = gamma * (in - mean) * inverseStd + beta. In place is fine. */
  void normalize(MemorySegment m, Volume in, long inAt, Volume out, long outAt, Norm norm);

  /**
   * Writes two cells for each channel: each lane's sum of dOut, and of dOut * xhat, where xhat =
   * (in - mean) * inverseStd.
   */
  void normBackwardStatistics(
      MemorySegment m, Volume in, long inAt, Volume dOut, long dOutAt, Norm norm, long partial);

  /**
   * One channel's dBeta = sum of dOut and dGamma = sum of dOut * xhat, in double and in one order.
   */
  void normBackwardFinish(MemorySegment m, int channel, Partials partials, Norm norm);

  /**
   * dIn = gamma * inverseStd * (dOut - dBeta / count - xhat * dGamma / count) * mask.
   *
   * @param count images * cells
   * @param mask a cell: 1 for an image, 0 for a dead lane
   */
  void normBackward(
      MemorySegment m,
      Volume in,
      long inAt,
      Volume dOut,
      long dOutAt,
      Volume dIn,
      long dInAt,
      Norm norm,
      long count,
      long mask);

  /**
   * out = in / (1 - rate) where the feature is kept, else 0. It is kept if the upper 24 bits of
   * {@link #dropoutBits} are at least rate * 2^24. The same call on gradients is the backward pass.
   * In place is fine.
   *
   * @param firstImage the number of the block's first image
   */
  void dropout(
      MemorySegment m,
      Volume in,
      long inAt,
      Volume out,
      long outAt,
      float rate,
      long keyState,
      int firstImage);

  /** out = a + b. In place is fine. */
  void add(MemorySegment m, Volume a, long aAt, Volume b, long bAt, Volume out, long outAt);

  /** out = in; one of the two may be flat, its features in the order channel, row, column. */
  void copy(MemorySegment m, Volume in, long inAt, Volume out, long outAt);

  /** Every float of the range = value; bytes is a multiple of {@link Lanes#BYTES}. */
  void fill(MemorySegment m, long at, long bytes, float value);

  /** to += from; bytes is a multiple of {@link Lanes#BYTES}. */
  void addRange(MemorySegment m, long from, long to, long bytes);

  /** sums[c] += sum of dOut over the channel's cells and their vectors; sums[c] is one vector. */
  void biasGradient(MemorySegment m, Volume dOut, long dOutAt, long sums);

  /** out[i] = the sum of the lanes of the i-th vector, from the first lane to the last. */
  void sumLanes(MemorySegment m, int count, long sums, long out);

  /**
   * One step of stochastic gradient descent: d = g * gradientScale + weightDecay * w; with a
   * momentum slot b = momentum * b + d and d = nesterov ? d + momentum * b : b; w -= lr * d.
   *
   * @param bytes length of the ranges, a multiple of {@link Lanes#BYTES}
   * @param momentumSlot b, zero at first; or {@link #NONE}
   */
  void sgd(
      MemorySegment m,
      long bytes,
      long w,
      long g,
      long momentumSlot,
      float lr,
      float momentum,
      boolean nesterov,
      float weightDecay,
      float gradientScale);

  /**
   * One step of Adam: d = g * gradientScale + l2 * w; w *= 1 - lr * decoupledDecay; first += (1 -
   * beta1) (d - first); second = beta2 * second + (1 - beta2) d^2; w -= lr / correction1 * first /
   * (sqrt(second) / sqrt(correction2) + eps). The rates are doubles because 1 - 0.999f is off by
   * 5e-5.
   *
   * @param bytes length of the ranges, a multiple of {@link Lanes#BYTES}
   * @param correction1 1 - beta1^step, where the first step is 1
   * @param correction2 1 - beta2^step
   */
  void adam(
      MemorySegment m,
      long bytes,
      long w,
      long g,
      long first,
      long second,
      double lr,
      double beta1,
      double beta2,
      double eps,
      double l2,
      double decoupledDecay,
      double correction1,
      double correction2,
      float gradientScale);

  /**
   * The sum of the squares, in one order. It is finite exactly if all numbers are, as long as their
   * magnitudes stay under 1e18.
   */
  double sumOfSquares(MemorySegment m, long bytes, long at);

  /**
   * The 32 random bits of dropout: murmur3's finaliser of (image * features + feature) ^ low half
   * of the key, then again of that ^ its high half.
   */
  static int dropoutBits(long keyState, int counter) {
    return mix(mix(counter ^ (int) keyState) ^ (int) (keyState >>> 32));
  }

  private static int mix(int h) {
    h = (h ^ (h >>> 16)) * 0x85ebca6b;
    h = (h ^ (h >>> 13)) * 0xc2b2ae35;
    return h ^ (h >>> 16);
  }
}
