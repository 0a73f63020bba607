package dev.crema.nn;

import dev.crema.engine.Kernels;
import java.lang.foreign.MemorySegment;

/** What the steps of one batch norm share: offsets that are known once memory is planned. */
final class NormPlan {
  /** Finishes the statistics of one channel. */
  @FunctionalInterface
  interface Finish {
    void run(MemorySegment memory, int channel, Kernels.Partials partials);
  }

  private final Lowering to;
  private final int channels;
  private Kernels.Norm norm = new Kernels.Norm(-1, -1, -1, -1, -1, -1, -1, -1, 0f, 0f);

  NormPlan(Lowering to, BatchNorm layer) {
    this.to = to;
    channels = to.input().volume().channels();
    boolean train = to.isTraining();
    Lowering.Address mean = to.region((long) channels * Float.BYTES);
    Lowering.Address inverseStd = to.region((long) channels * Float.BYTES);
    Lowering.Address gamma = to.parameter("weight");
    Lowering.Address beta = to.parameter("bias");
    Lowering.Address runningMean = to.parameter("running_mean");
    Lowering.Address runningVariance = to.parameter("running_var");
    Lowering.Address dGamma = train ? to.parameterGradient("weight") : mean;
    Lowering.Address dBeta = train ? to.parameterGradient("bias") : mean;
    to.whenPlaced(() ->
        norm =
            new Kernels.Norm(
                mean.at(),
                inverseStd.at(),
                gamma.at(),
                beta.at(),
                dGamma.at(),
                dBeta.at(),
                runningMean.at(),
                runningVariance.at(),
                (float) layer.eps(),
                (float) layer.momentum()));
  }

  Kernels.Norm norm() {
    return norm;
  }

  /** A step with one tile for each channel, over the partial sums of all blocks. */
  TileStep overChannels(Buffer partial, Finish finish) {
    // One for each number of blocks, made once: a step allocates nothing.
    Kernels.Partials[] partials = new Kernels.Partials[to.blocks() + 1];
    int vectors = to.input().volume().vectors();
    int cells = to.input().volume().cells();
    to.whenPlaced(() -> {
      for (int blocks = 1; blocks < partials.length; blocks++) {
        partials[blocks] =
            new Kernels.Partials(
                blocks,
                partial.base(),
                partial.bytes(),
                to.mask().base(),
                to.mask().bytes(),
                vectors,
                cells);
      }
    });
    return new TileStep(
        channels,
        channels * 2L * Float.BYTES,
        (m, tile, work, frame) -> finish.run(m, tile, partials[frame.blocks()]));
  }

  /** A step that takes the running statistics, for inference. */
  TileStep fromRunning() {
    return new TileStep(
        1,
        channels * 2L * Float.BYTES,
        (m, tile, work, frame) -> to.kernels().normFromRunning(m, channels, norm));
  }
}
