package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Weight gradients with images in the lanes: for a tile of output channels and one input channel,
 * {@code sums[o, ky, kx] += dOut[o, y, x] * in[y + ky, x + kx]}, one partial sum for each lane.
 *
 * <p>Right where channels are few. The sums are vectors; the lanes are added when a step ends.
 */
@FunctionalInterface
interface ImageGradientKernel {
  void run(MemorySegment memory, Strides strides, long input, long gradient, long sums, int rows);

  /**
   * How far the loops step, in bytes.
   *
   * @param cells cells of an output row
   */
  record Strides(
      int cells, long inCell, long outCell, long inRow, long outRow, long outPlane, long sumsOut) {
    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0, 0, 0);
    static final Strides SMALL = new Strides(3, 0, 0, 0, 0, 0, 0);
  }

  /** Which loop to generate: outputs x kernelRows x taps sums, and the convolution's stride. */
  record Form(int outputs, int kernelRows, int taps, int stride)
      implements LoopForm<ImageGradientKernel> {
    @Override
    public String name() {
      return "LoopImageGradient_%sx%sx%s_s%s".formatted(outputs, kernelRows, taps, stride);
    }

    @Override
    public Class<ImageGradientKernel> type() {
      return ImageGradientKernel.class;
    }

    @Override
    public void runSmall(ImageGradientKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.SMALL, 0, 0, 0, 2);
    }

    @Override
    public void runEmpty(ImageGradientKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.EMPTY, 0, 0, 0, 0);
    }

    @Override
    public void write(VectorCode code) {
      int input = code.parameter(0);
      int gradient = code.parameter(1);
      int sumsAt = code.parameter(2);
      int rows = code.parameter(3);
      int perOut = kernelRows * taps;
      int[] sums = code.newVectors(outputs * perOut);
      int[] values = code.newVectors(perOut);
      int factor = code.newVector();
      int cellInput = code.newLong();
      int kernelRow = code.newLong();
      int cellGradient = code.newLong();
      int outGradient = code.newLong();
      code.zero(sums);
      code.repeatParameter(
          rows,
          () -> {
            code.setLong(cellInput, input);
            code.setLong(cellGradient, gradient);
            code.repeatArgument(
                "cells",
                () -> {
                  code.setLong(kernelRow, cellInput);
                  for (int ky = 0; ky < kernelRows; ky++) {
                    for (int kx = 0; kx < taps; kx++) {
                      code.load(values[ky * taps + kx], kernelRow, (long) kx * Vectors.BYTES);
                    }
                    if (ky < kernelRows - 1) {
                      code.addArgument(kernelRow, "inRow");
                    }
                  }
                  code.setLong(outGradient, cellGradient);
                  for (int t = 0; t < outputs; t++) {
                    code.load(factor, outGradient, 0);
                    for (int i = 0; i < perOut; i++) {
                      code.multiplyAdd(sums[t * perOut + i], factor, values[i]);
                    }
                    if (t < outputs - 1) {
                      code.addArgument(outGradient, "outPlane");
                    }
                  }
                  code.addArgument(cellInput, "inCell");
                  code.addArgument(cellGradient, "outCell");
                });
            for (int s = 0; s < stride; s++) {
              code.addArgument(input, "inRow");
            }
            code.addArgument(gradient, "outRow");
          });
      for (int t = 0; t < outputs; t++) {
        for (int i = 0; i < perOut; i++) {
          code.load(factor, sumsAt, (long) i * Vectors.BYTES);
          code.addTo(sums[t * perOut + i], factor);
          code.store(sums[t * perOut + i], sumsAt, (long) i * Vectors.BYTES);
        }
        code.addArgument(sumsAt, "sumsOut");
      }
    }
  }
}
