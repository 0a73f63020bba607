package dev.crema.bench;

import dev.crema.engine.Convolution;
import dev.crema.engine.DenseGradient;
import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.TiledPass;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The three matrix products of a dense layer, over all blocks of a batch at once. */
public class DenseBenchmark extends LayerBenchmark {
  private static final int BLOCKS = 4;

  /** Layers of the zoo. */
  public enum Layer {
    /** The first of {@code mlp}. */
    MLP(784, 256),
    /** LeNet's first. */
    LENET(400, 120),
    /** LeNet's last. */
    LENET_LAST(84, 10),
    /** That of {@code softmax}. */
    SOFTMAX(784, 10),
    /** AlexNet's second: far more weights than a cache holds. */
    ALEXNET(4096, 4096);

    private final int features;
    private final int units;

    Layer(int features, int units) {
      this.features = features;
      this.units = units;
    }
  }

  /** What is multiplied. */
  @Param public Layer layer = Layer.MLP;

  /** Plans and warms up. */
  @Setup
  public void prepare() {
    Volume in = Volume.features(layer.features, 1);
    Volume out = Volume.features(layer.units, 1);
    Convolution spec = new Convolution(new Window(1, 1, 0), 1, in, out, in, out);
    Slab slab = new Slab(Convolving.FASTEST);
    Library library = slab.library();
    TiledPass toOutput = TiledPass.ofBlocks(library, spec, true, BLOCKS, in.bytes(), out.bytes());
    TiledPass toInput = TiledPass.ofBlocks(library, spec, false, BLOCKS, out.bytes(), in.bytes());
    DenseGradient toWeights =
        DenseGradient.of(library, in, in.bytes(), out, out.bytes(), Lanes.roundUp(layer.units));
    long weight = slab.place(spec.weightBytes());
    long weightGradient = slab.place(spec.weightBytes());
    long bias = slab.place((long) spec.paddedOutputs() * Float.BYTES);
    long x = slab.place(BLOCKS * in.bytes());
    long y = slab.place(BLOCKS * out.bytes());
    long xGradient = slab.place(BLOCKS * in.bytes());
    long yGradient = slab.place(BLOCKS * out.bytes());
    Optional<DenseGradient.Transpose> transpose = toWeights.transpose();
    long read = transpose.map(each -> slab.place(BLOCKS * each.bytes())).orElse(yGradient);
    MemorySegment memory = slab.warm();
    forward = () -> run(toOutput, memory, x, weight, bias, y);
    backward = () -> run(toInput, memory, yGradient, weight, bias, xGradient);
    weights =
        () -> {
          transpose.ifPresent(each -> {
            for (int block = 0; block < BLOCKS; block++) {
              each.run(memory, yGradient + block * out.bytes(), read + block * each.bytes());
            }
          });
          for (int tile = 0; tile < toWeights.tiles(); tile++) {
            toWeights.run(memory, tile, BLOCKS, x, read, weightGradient);
          }
        };
    flops = 2L * layer.features * layer.units * BLOCKS * Lanes.COUNT;
  }

  private static void run(
      TiledPass pass, MemorySegment memory, long from, long weight, long bias, long to) {
    for (int tile = 0; tile < pass.tiles(); tile++) {
      pass.run(memory, tile, from, weight, bias, to);
    }
  }
}
