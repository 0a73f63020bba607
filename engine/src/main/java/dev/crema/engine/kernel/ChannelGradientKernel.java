package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Weight gradients with output channels in the lanes: for a tile of input channels and taps, {@code
 * sums[c, k, o...] += in[c, x + k, n] * dOut[x, n, o...]}, where the output gradient has been
 * transposed so that the channels of one image and cell follow each other.
 *
 * <p>Right where output channels fill whole vectors: the sums then lie as the weights do, and no
 * lanes need adding. A dense layer is the same loop with one tap.
 */
@FunctionalInterface
interface ChannelGradientKernel {
  void run(MemorySegment memory, Strides strides, long input, long transposed, long sums, int rows);

  /**
   * How far the loops step, in bytes.
   *
   * @param cells cells of an output row
   * @param inSkip from behind a cell's last image to the next cell
   */
  record Strides(
      int cells,
      long inImage,
      long inSkip,
      long inPlane,
      long inRow,
      long transposedImage,
      long transposedRow,
      long sumsChannel,
      long sumsTap) {
    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0, 0, 0, 0, 0);

    static Strides small() {
      return new Strides(3, 0, 0, 0, 0, 0, 0, 0, 0);
    }
  }

  /** Which loop to generate: inputs x taps x vectors sums, and the convolution's stride. */
  record Form(int inputs, int taps, int vectors, int stride) {
    String name() {
      return "LoopChannelGradient_%dx%dx%d_s%d".formatted(inputs, taps, vectors, stride);
    }

    ChannelGradientKernel generate() {
      return VectorCode.define(ChannelGradientKernel.class, name(), this::write);
    }

    private void write(VectorCode code) {
      int input = code.parameter(0);
      int transposed = code.parameter(1);
      int sumsAt = code.parameter(2);
      int rows = code.parameter(3);
      int[] sums = code.newVectors(inputs * taps * vectors);
      int[] gradients = code.newVectors(vectors);
      int factor = code.newVector();
      int cellInput = code.newLong();
      int channelInput = code.newLong();
      int image = code.newLong();
      for (int sum : sums) {
        code.zero(sum);
      }
      code.repeatParameter(
          rows,
          () -> {
            code.setLong(cellInput, input);
            code.setLong(image, transposed);
            code.repeatArgument(
                "cells",
                () -> {
                  code.repeat(
                      Vectors.LANES,
                      () -> {
                        for (int v = 0; v < vectors; v++) {
                          code.load(gradients[v], image, (long) v * Vectors.BYTES);
                        }
                        code.setLong(channelInput, cellInput);
                        for (int i = 0; i < inputs; i++) {
                          for (int k = 0; k < taps; k++) {
                            code.broadcast(factor, channelInput, (long) k * Vectors.BYTES);
                            for (int v = 0; v < vectors; v++) {
                              code.multiplyAdd(
                                  sums[(i * taps + k) * vectors + v], factor, gradients[v]);
                            }
                          }
                          if (i < inputs - 1) {
                            code.addArgument(channelInput, "inPlane");
                          }
                        }
                        code.addArgument(cellInput, "inImage");
                        code.addArgument(image, "transposedImage");
                      });
                  code.addArgument(cellInput, "inSkip");
                });
            for (int s = 0; s < stride; s++) {
              code.addArgument(input, "inRow");
            }
            code.addArgument(transposed, "transposedRow");
          });
      store(code, sumsAt, sums, factor);
    }

    private void store(VectorCode code, int sumsAt, int[] sums, int first) {
      int tap = code.newLong();
      for (int i = 0; i < inputs; i++) {
        code.setLong(tap, sumsAt);
        for (int k = 0; k < taps; k++) {
          for (int v = 0; v < vectors; v++) {
            long offset = (long) v * Vectors.BYTES;
            code.load(first, tap, offset);
            code.storeSum(first, sums[(i * taps + k) * vectors + v], tap, offset);
          }
          code.addArgument(tap, "sumsTap");
        }
        code.addArgument(sumsAt, "sumsChannel");
      }
    }
  }
}
