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
   * @param turns how often the kernel's cells go into an output row
   * @param inSkip from behind the last image of a turn's first cell to the next turn's
   * @param transposedSkip the same in the transposed gradient
   */
  record Strides(
      int turns,
      long inImage,
      long inSkip,
      long inPlane,
      long inRow,
      long transposedImage,
      long transposedCell,
      long transposedSkip,
      long transposedRow,
      long sumsChannel,
      long sumsTap) {
    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    static final Strides SMALL = new Strides(3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /**
   * Which loop to generate: inputs x taps x vectors sums.
   *
   * @param cells neighbouring output cells that are handled at once, so that a number of the input
   *     serves several taps
   * @param stride the convolution's stride
   */
  record Form(int inputs, int taps, int vectors, int cells, int stride)
      implements LoopForm<ChannelGradientKernel> {
    /** The same for so many inputs. */
    Form inputs(int inputs) {
      return new Form(inputs, taps, vectors, cells, stride);
    }

    @Override
    public String name() {
      return "LoopChannelGradient_%sx%sx%s_c%s_s%s".formatted(inputs, taps, vectors, cells, stride);
    }

    @Override
    public Class<ChannelGradientKernel> type() {
      return ChannelGradientKernel.class;
    }

    @Override
    public void runSmall(ChannelGradientKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.SMALL, 0, 0, 0, 2);
    }

    @Override
    public void runEmpty(ChannelGradientKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.EMPTY, 0, 0, 0, 0);
    }

    @Override
    public void write(VectorCode code) {
      int input = code.parameter(0);
      int transposed = code.parameter(1);
      int sumsAt = code.parameter(2);
      int rows = code.parameter(3);
      int[] sums = code.newVectors(inputs * taps * vectors);
      int[] gradients = code.newVectors(cells * vectors);
      int factor = code.newVector();
      int cellInput = code.newLong();
      int channelInput = code.newLong();
      int image = code.newLong();
      int cellGradient = code.newLong();
      code.zero(sums);
      code.repeatParameter(
          rows,
          () -> {
            code.setLong(cellInput, input);
            code.setLong(image, transposed);
            code.repeatArgument(
                "turns",
                () -> {
                  code.repeat(
                      Vectors.LANES,
                      () -> {
                        code.setLong(cellGradient, image);
                        for (int q = 0; q < cells; q++) {
                          for (int v = 0; v < vectors; v++) {
                            long offset = (long) v * Vectors.BYTES;
                            code.load(gradients[q * vectors + v], cellGradient, offset);
                          }
                          if (q < cells - 1) {
                            code.addArgument(cellGradient, "transposedCell");
                          }
                        }
                        code.setLong(channelInput, cellInput);
                        for (int i = 0; i < inputs; i++) {
                          for (int x = 0; x < (cells - 1) * stride + taps; x++) {
                            code.broadcast(factor, channelInput, (long) x * Vectors.BYTES);
                            multiply(code, i, x, sums, factor, gradients);
                          }
                          if (i < inputs - 1) {
                            code.addArgument(channelInput, "inPlane");
                          }
                        }
                        code.addArgument(cellInput, "inImage");
                        code.addArgument(image, "transposedImage");
                      });
                  code.addArgument(cellInput, "inSkip");
                  code.addArgument(image, "transposedSkip");
                });
            for (int s = 0; s < stride; s++) {
              code.addArgument(input, "inRow");
            }
            code.addArgument(transposed, "transposedRow");
          });
      store(code, sumsAt, sums, factor);
    }

    /** Adds what one number of the input makes with each cell for which it lies under a tap. */
    private void multiply(
        VectorCode code, int input, int x, int[] sums, int factor, int[] gradients) {
      for (int q = 0; q < cells; q++) {
        int tap = x - q * stride;
        if (tap >= 0 && tap < taps) {
          for (int v = 0; v < vectors; v++) {
            code.multiplyAdd(
                sums[(input * taps + tap) * vectors + v], factor, gradients[q * vectors + v]);
          }
        }
      }
    }

    private void store(VectorCode code, int sumsAt, int[] sums, int first) {
      int tap = code.newLong();
      for (int i = 0; i < inputs; i++) {
        code.setLong(tap, sumsAt);
        for (int k = 0; k < taps; k++) {
          for (int v = 0; v < vectors; v++) {
            long offset = (long) v * Vectors.BYTES;
            int sum = sums[(i * taps + k) * vectors + v];
            code.load(first, tap, offset);
            code.addTo(sum, first);
            code.store(sum, tap, offset);
          }
          code.addArgument(tap, "sumsTap");
        }
        code.addArgument(sumsAt, "sumsChannel");
      }
    }
  }
}
