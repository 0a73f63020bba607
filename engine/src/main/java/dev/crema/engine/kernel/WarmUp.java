package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.BYTES;

import dev.crema.engine.Operator;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The calls that bring the hand-written loops to full speed. */
final class WarmUp {
  /** Bytes of scratch memory that the calls write. */
  static final long SCRATCH = 5L * 48 * BYTES;

  private WarmUp() {}

  /** The loops of one operator. */
  static List<Warm> list(Operator operator, MemorySegment m, long scratch) {
    // Five regions, each of three rows of 16 vectors.
    long row = 16L * BYTES;
    long a = scratch;
    long b = a + 3 * row;
    long c = b + 3 * row;
    long d = c + 3 * row;
    long e = d + 3 * row;
    return switch (operator) {
      case BASIC ->
          List.of(
              new Warm(
                  "VectorLoops.sum",
                  () -> VectorLoops.sum(m, 3L * BYTES, a, BYTES, 3, b),
                  () -> VectorLoops.sum(m, 0, a, BYTES, 0, b)),
              new Warm(
                  "MapLoops.unpack",
                  () -> MapLoops.unpack(m, a, b, BYTES, 7, 1f, 0f),
                  () -> MapLoops.unpack(m, a, b, BYTES, 0, 1f, 0f)),
              new Warm(
                  "MapLoops.copy",
                  () -> MapLoops.copy(m, a, b, 7),
                  () -> MapLoops.copy(m, a, b, 0)),
              new Warm(
                  "MapLoops.fill",
                  () -> MapLoops.fill(m, a, 7, 0f),
                  () -> MapLoops.fill(m, a, 0, 0f)),
              new Warm(
                  "MapLoops.add",
                  () -> MapLoops.add(m, a, b, c, 7),
                  () -> MapLoops.add(m, a, b, c, 0)),
              new Warm(
                  "MapLoops.sum",
                  () -> MapLoops.sum(m, a, BYTES, 7, b),
                  () -> MapLoops.sum(m, a, BYTES, 0, b)),
              new Warm(
                  "LossLoops.correct",
                  () -> LossLoops.correct(m, a, b, c, BYTES, 7),
                  () -> LossLoops.correct(m, a, b, c, BYTES, 0)),
              new Warm(
                  "OptimiserLoops.sumOfSquares",
                  () -> OptimiserLoops.sumOfSquares(m, 7, a),
                  () -> OptimiserLoops.sumOfSquares(m, 0, a)),
              new Warm(
                  "ScalarLoops.sumLanes",
                  () -> ScalarLoops.sumLanes(m, 7, a, b),
                  () -> ScalarLoops.sumLanes(m, 0, a, b)));
      case RELU ->
          List.of(
              new Warm(
                  "MapLoops.relu",
                  () -> MapLoops.relu(m, a, b, 7),
                  () -> MapLoops.relu(m, a, b, 0)),
              new Warm(
                  "MapLoops.reluBackward",
                  () -> MapLoops.reluBackward(m, a, b, c, 7),
                  () -> MapLoops.reluBackward(m, a, b, c, 0)));
      case SIGMOID ->
          List.of(
              new Warm(
                  "MapLoops.sigmoid",
                  () -> MapLoops.sigmoid(m, a, b, 7),
                  () -> MapLoops.sigmoid(m, a, b, 0)),
              new Warm(
                  "MapLoops.sigmoidBackward",
                  () -> MapLoops.sigmoidBackward(m, a, b, c, 7),
                  () -> MapLoops.sigmoidBackward(m, a, b, c, 0)));
      case TANH ->
          List.of(
              new Warm(
                  "MapLoops.tanh",
                  () -> MapLoops.tanh(m, a, b, 7),
                  () -> MapLoops.tanh(m, a, b, 0)),
              new Warm(
                  "MapLoops.tanhBackward",
                  () -> MapLoops.tanhBackward(m, a, b, c, 7),
                  () -> MapLoops.tanhBackward(m, a, b, c, 0)));
      case MAX_POOL ->
          List.of(
              new Warm(
                  "PoolLoops.max2",
                  () -> PoolLoops.max2(m, 0f, a, row, BYTES, c, 7),
                  () -> PoolLoops.max2(m, 0f, a, row, BYTES, c, 0)),
              new Warm(
                  "PoolLoops.max2Backward",
                  () -> PoolLoops.max2Backward(m, 0f, a, row, BYTES, c, d, e, row, 7),
                  () -> PoolLoops.max2Backward(m, 0f, a, row, BYTES, c, d, e, row, 0)),
              new Warm(
                  "PoolLoops.max",
                  () -> PoolLoops.max(m, 0f, a, 3, row, 7, BYTES, 3, 1, 1, d, 7),
                  () -> PoolLoops.max(m, 0f, a, 3, row, 7, BYTES, 3, 1, 1, d, 0)),
              new Warm(
                  "PoolLoops.maxBackward",
                  () -> PoolLoops.maxBackward(m, 0f, a, 3, row, 7, BYTES, 3, 1, 1, d, d, e, row, 7),
                  () ->
                      PoolLoops.maxBackward(m, 0f, a, 3, row, 7, BYTES, 3, 1, 1, d, d, e, row, 0)));
      case AVERAGE_POOL ->
          List.of(
              new Warm(
                  "PoolLoops.average2",
                  () -> PoolLoops.average2(m, a, row, BYTES, c, 7),
                  () -> PoolLoops.average2(m, a, row, BYTES, c, 0)),
              new Warm(
                  "PoolLoops.average2Backward",
                  () -> PoolLoops.average2Backward(m, a, BYTES, c, row, 7),
                  () -> PoolLoops.average2Backward(m, a, BYTES, c, row, 0)),
              new Warm(
                  "PoolLoops.average",
                  () -> PoolLoops.average(m, a, 3, row, 7, BYTES, 3, 1, 1, d, 7),
                  () -> PoolLoops.average(m, a, 3, row, 7, BYTES, 3, 1, 1, d, 0)),
              new Warm(
                  "PoolLoops.averageBackward",
                  () -> PoolLoops.averageBackward(m, d, 3, 7, BYTES, 3, 1, 1, e, row, 7),
                  () -> PoolLoops.averageBackward(m, d, 3, 7, BYTES, 3, 1, 1, e, row, 0)));
      case GLOBAL_AVERAGE_POOL ->
          List.of(
              new Warm(
                  "MapLoops.scale",
                  () -> MapLoops.scale(m, a, 7, 1f),
                  () -> MapLoops.scale(m, a, 0, 1f)),
              new Warm(
                  "MapLoops.spread",
                  () -> MapLoops.spread(m, a, b, BYTES, 7, 1f),
                  () -> MapLoops.spread(m, a, b, BYTES, 0, 1f)));
      case SOFTMAX ->
          List.of(
              new Warm(
                  "LossLoops.softmax",
                  () -> LossLoops.softmax(m, a, b, BYTES, 7),
                  () -> LossLoops.softmax(m, a, b, BYTES, 0)),
              new Warm(
                  "LossLoops.softmaxBackward",
                  () -> LossLoops.softmaxBackward(m, a, b, c, BYTES, 7),
                  () -> LossLoops.softmaxBackward(m, a, b, c, BYTES, 0)));
      case LOG_SOFTMAX ->
          List.of(
              new Warm(
                  "LossLoops.logSoftmax",
                  () -> LossLoops.logSoftmax(m, a, b, BYTES, 7),
                  () -> LossLoops.logSoftmax(m, a, b, BYTES, 0)),
              new Warm(
                  "LossLoops.logSoftmaxBackward",
                  () -> LossLoops.logSoftmaxBackward(m, a, b, c, BYTES, 7),
                  () -> LossLoops.logSoftmaxBackward(m, a, b, c, BYTES, 0)));
      case CROSS_ENTROPY ->
          List.of(
              new Warm(
                  "LossLoops.crossEntropy",
                  () -> LossLoops.crossEntropy(m, a, b, 0.1f, c, d, BYTES, 7),
                  () -> LossLoops.crossEntropy(m, a, b, 0.1f, c, d, BYTES, 0)),
              new Warm(
                  "LossLoops.logMinus",
                  () -> LossLoops.logMinus(m, a, b, 2),
                  () -> LossLoops.logMinus(m, a, b, 0)),
              new Warm(
                  "LossLoops.crossEntropyBackward",
                  () -> LossLoops.crossEntropyBackward(m, a, b, c, 0.1f, d, BYTES, 7),
                  () -> LossLoops.crossEntropyBackward(m, a, b, c, 0.1f, d, BYTES, 0)));
      case PROBABILITY_CROSS_ENTROPY ->
          List.of(
              new Warm(
                  "LossLoops.probabilities",
                  () -> LossLoops.probabilities(m, a, b, 0.1f, c, BYTES, 7),
                  () -> LossLoops.probabilities(m, a, b, 0.1f, c, BYTES, 0)),
              new Warm(
                  "LossLoops.probabilitiesBackward",
                  () -> LossLoops.probabilitiesBackward(m, a, b, c, 0.1f, d, BYTES, 7),
                  () -> LossLoops.probabilitiesBackward(m, a, b, c, 0.1f, d, BYTES, 0)));
      case NEGATIVE_LOG_LIKELIHOOD ->
          List.of(
              new Warm(
                  "LossLoops.logs",
                  () -> LossLoops.logs(m, a, b, 0.1f, c, BYTES, 7),
                  () -> LossLoops.logs(m, a, b, 0.1f, c, BYTES, 0)),
              new Warm(
                  "LossLoops.logsBackward",
                  () -> LossLoops.logsBackward(m, b, c, 0.1f, d, BYTES, 7),
                  () -> LossLoops.logsBackward(m, b, c, 0.1f, d, BYTES, 0)));
      case NORM ->
          List.of(
              new Warm(
                  "NormLoops.squares",
                  () -> NormLoops.squares(m, a, BYTES, 7, b, c),
                  () -> NormLoops.squares(m, a, BYTES, 0, b, c)),
              new Warm(
                  "NormLoops.mask",
                  () -> NormLoops.mask(m, a, b, 7, 1f),
                  () -> NormLoops.mask(m, a, b, 0, 1f)),
              new Warm(
                  "MapLoops.scale",
                  () -> MapLoops.scale(m, a, 7, 1f),
                  () -> MapLoops.scale(m, a, 0, 1f)),
              new Warm(
                  "NormLoops.normalize",
                  () -> NormLoops.normalize(m, a, b, 7, 0f, 1f, 0f),
                  () -> NormLoops.normalize(m, a, b, 0, 0f, 1f, 0f)),
              new Warm(
                  "NormLoops.sums",
                  () -> NormLoops.sums(m, a, b, BYTES, 7, 0f, c, d),
                  () -> NormLoops.sums(m, a, b, BYTES, 0, 0f, c, d)),
              new Warm(
                  "NormLoops.backward",
                  () -> NormLoops.backward(m, a, b, c, BYTES, 7, 0f, 1f, 0f, 0f, d),
                  () -> NormLoops.backward(m, a, b, c, BYTES, 0, 0f, 1f, 0f, 0f, d)),
              new Warm(
                  "ScalarLoops.sumOf",
                  () -> ScalarLoops.sumOf(m, a, 7),
                  () -> ScalarLoops.sumOf(m, a, 0)),
              new Warm(
                  "ScalarLoops.spreadOf",
                  () -> ScalarLoops.spreadOf(m, a, b, 0, 7),
                  () -> ScalarLoops.spreadOf(m, a, b, 0, 0)));
      case DROPOUT ->
          List.of(
              new Warm(
                  "MapLoops.dropout",
                  () -> MapLoops.dropout(m, a, b, BYTES, 7, 1 << 23, 2f, 1L, 0, 7, 0),
                  () -> MapLoops.dropout(m, a, b, BYTES, 0, 1 << 23, 2f, 1L, 0, 7, 0)));
      case SGD ->
          List.of(
              new Warm(
                  "OptimiserLoops.sgd",
                  () -> OptimiserLoops.sgd(m, 7, a, b, 0f, 0f, 1f),
                  () -> OptimiserLoops.sgd(m, 0, a, b, 0f, 0f, 1f)));
      case MOMENTUM ->
          List.of(
              new Warm(
                  "OptimiserLoops.momentum",
                  () -> OptimiserLoops.momentum(m, 7, a, b, c, 0f, 0f, 0f, 1f),
                  () -> OptimiserLoops.momentum(m, 0, a, b, c, 0f, 0f, 0f, 1f)),
              new Warm(
                  "OptimiserLoops.nesterov",
                  () -> OptimiserLoops.nesterov(m, 7, a, b, c, 0f, 0f, 0f, 1f),
                  () -> OptimiserLoops.nesterov(m, 0, a, b, c, 0f, 0f, 0f, 1f)));
      case ADAM ->
          List.of(
              new Warm(
                  "OptimiserLoops.adam",
                  () ->
                      OptimiserLoops.adam(
                          m, 7, a, b, c, d, 1f, 0f, 1f, 0.1f, 0.9f, 0.1f, 0f, 1f, 1f),
                  () ->
                      OptimiserLoops.adam(
                          m, 0, a, b, c, d, 1f, 0f, 1f, 0.1f, 0.9f, 0.1f, 0f, 1f, 1f)));
    };
  }
}
