package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Weight gradients of a dense layer of few outputs, with images in the lanes: for tiles of inputs
 * and all outputs, {@code dW[i, o] = sum over images of in[i] * dOut[o]}.
 *
 * <p>The lanes are added at the end of each tile, so that no partial sums are stored.
 */
@FunctionalInterface
interface DenseGradientKernel {
  /**
   * @param tiles how many tiles of inputs
   * @param blocks over how many blocks to sum
   */
  void run(
      MemorySegment memory,
      Strides strides,
      long input,
      long gradient,
      long out,
      int tiles,
      int blocks);

  /**
   * How far the loops step, in bytes.
   *
   * @param vectors vectors of a cell
   * @param outRow from an input's weights to the next one's
   */
  record Strides(
      int vectors,
      long vector,
      long inPlane,
      long outPlane,
      long inBlock,
      long outBlock,
      long inTile,
      long outRow) {
    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0, 0, 0, 0);
    static final Strides SMALL = new Strides(3, 0, 0, 0, 0, 0, 0, 0);
  }

  /** Which loop to generate: inputs x outputs sums. */
  record Form(int inputs, int outputs) implements LoopForm<DenseGradientKernel> {
    @Override
    public Class<DenseGradientKernel> type() {
      return DenseGradientKernel.class;
    }

    @Override
    public String name() {
      return "LoopDenseGradient_%sx%s".formatted(inputs, outputs);
    }

    @Override
    public void runSmall(DenseGradientKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.SMALL, 0, 0, 0, 2, 2);
    }

    @Override
    public void runEmpty(DenseGradientKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.EMPTY, 0, 0, 0, 0, 0);
    }

    @Override
    public void write(VectorCode code) {
      int input = code.parameter(0);
      int gradient = code.parameter(1);
      int out = code.parameter(2);
      int tiles = code.parameter(3);
      int blocks = code.parameter(4);
      int[][] sums = new int[inputs][];
      Arrays.setAll(sums, i -> code.newVectors(outputs));
      int[] values = code.newVectors(inputs);
      int factor = code.newVector();
      int blockInput = code.newLong();
      int blockGradient = code.newLong();
      int vectorInput = code.newLong();
      int vectorGradient = code.newLong();
      int at = code.newLong();
      code.repeatParameter(
          tiles,
          () -> {
            code.zero(Arrays.stream(sums).flatMapToInt(Arrays::stream).toArray());
            code.setLong(blockInput, input);
            code.setLong(blockGradient, gradient);
            code.repeatParameter(
                blocks,
                () -> {
                  code.setLong(vectorInput, blockInput);
                  code.setLong(vectorGradient, blockGradient);
                  code.repeatArgument(
                      "vectors",
                      () -> {
                        code.setLong(at, vectorInput);
                        for (int value : values) {
                          code.load(value, at, 0);
                          code.addArgument(at, "inPlane");
                        }
                        code.setLong(at, vectorGradient);
                        for (int o = 0; o < outputs; o++) {
                          code.load(factor, at, 0);
                          for (int i = 0; i < inputs; i++) {
                            code.multiplyAdd(sums[i][o], factor, values[i]);
                          }
                          code.addArgument(at, "outPlane");
                        }
                        code.addArgument(vectorInput, "vector");
                        code.addArgument(vectorGradient, "vector");
                      });
                  code.addArgument(blockInput, "inBlock");
                  code.addArgument(blockGradient, "outBlock");
                });
            for (int[] row : sums) {
              for (int o = 0; o < outputs; o += Vectors.LANES) {
                int[] vectors = Arrays.copyOfRange(row, o, Math.min(outputs, o + Vectors.LANES));
                code.store(code.sumLanes(vectors), out, (long) o * Float.BYTES);
              }
              code.addArgument(out, "outRow");
            }
            code.addArgument(input, "inTile");
          });
    }
  }
}
