package dev.crema.bench;

import dev.crema.engine.Convolution;
import dev.crema.engine.DataPass;
import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Kernels;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import dev.crema.engine.WeightPass;
import dev.crema.engine.Window;
import dev.crema.engine.kernel.Library;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The three passes of a convolution over some blocks of images, with all that a step needs of them:
 * the transform of the weights, and the sum over the blocks. Operations are counted by the
 * definition, so that Winograd's algorithm may surpass the peak.
 */
public class ConvolutionBenchmark extends LayerBenchmark {
  private static final int BLOCKS = 4;

  /** Layers of the zoo. */
  public enum Layer {
    /** LeNet's second: few channels, a large kernel. */
    LENET(6, 16, 14, new Window(5, 1, 0)),
    /** ResNet-18's second: 3 x 3 on large images. */
    RESNET_WIDE(64, 64, 24, new Window(3, 1, 1)),
    /** ResNet-18's last: the weights outweigh the images. */
    RESNET_DEEP(512, 512, 3, new Window(3, 1, 1)),
    /** NiN's second: 1 x 1. */
    NIN(96, 96, 54, new Window(1, 1, 0)),
    /** A GoogLeNet block's: 1 x 1 on small images. */
    INCEPTION(512, 128, 6, new Window(1, 1, 0)),
    /** The same with few outputs. */
    REDUCE(480, 16, 6, new Window(1, 1, 0)),
    /** ResNet-18's first with a stride, beside a block. */
    SHORTCUT(64, 128, 24, new Window(1, 2, 0)),
    /** GoogLeNet's first: a stride, and a single channel. */
    GOOGLENET(1, 64, 96, new Window(7, 2, 3)),
    /** LeNet's first dense layer, block by block. */
    DENSE(400, 120, 1, new Window(1, 1, 0));

    private final Convolution spec;

    Layer(int inputs, int outputs, int size, Window window) {
      Volume in = new Volume(inputs, size, size, window.padding(), 1);
      Volume out = new Volume(outputs, window.places(size), window.places(size), 0, 1);
      Volume outGradient = out.withHalo(Convolution.gradientHalo(window, size));
      spec = new Convolution(window, 1, in, out, in.withHalo(0), outGradient);
    }

    /** Operations of each pass over so many blocks. */
    private long flops(int blocks) {
      long taps = (long) spec.window().kernel() * spec.window().kernel();
      long products = taps * spec.groupInputs() * spec.out().channels() * spec.out().cells();
      return 2 * products * blocks * Lanes.COUNT;
    }
  }

  /** What is convolved. */
  @Param public Layer layer = Layer.LENET;

  /** How. */
  @Param public Convolving convolving = Convolving.FASTEST;

  /** Plans and warms up. */
  @Setup
  public void prepare() {
    Convolution spec = layer.spec;
    Slab slab = new Slab(convolving);
    Library library = slab.library();
    long in = slab.place(BLOCKS * spec.in().bytes());
    long out = slab.place(BLOCKS * spec.out().bytes());
    long inGradient = slab.place(BLOCKS * spec.inGradient().bytes());
    long outGradient = slab.place(BLOCKS * spec.outGradient().bytes());
    Consumer<MemorySegment> toOutput =
        data(
            slab,
            DataPass.forward(library, spec, BLOCKS, false),
            new Blocks(in, spec.in()),
            new Blocks(out, spec.out()));
    Consumer<MemorySegment> toInput =
        data(
            slab,
            DataPass.backward(library, spec, BLOCKS, false),
            new Blocks(outGradient, spec.outGradient()),
            new Blocks(inGradient, spec.inGradient()));
    Consumer<MemorySegment> toWeights =
        weights(
            slab,
            WeightPass.of(library, spec, BLOCKS),
            new Blocks(in, spec.in()),
            new Blocks(outGradient, spec.outGradient()));
    MemorySegment memory = slab.warm();
    forward = () -> toOutput.accept(memory);
    backward = () -> toInput.accept(memory);
    weights = () -> toWeights.accept(memory);
    flops = layer.flops(BLOCKS);
  }

  /** The same volume of several blocks. */
  private record Blocks(long base, Volume volume) {
    long at(int block) {
      return base + block * volume.bytes();
    }
  }

  private Consumer<MemorySegment> data(Slab slab, DataPass pass, Blocks from, Blocks to) {
    long bias = slab.place((long) layer.spec.paddedOutputs() * Float.BYTES);
    long scratch = slab.place(pass.scratchBytes());
    long weight = slab.place(layer.spec.weightBytes());
    Optional<DataPass.WeightTransform> transform = pass.weightTransform();
    long transformScratch = slab.place(transform.map(each -> each.scratchBytes()).orElse(0L));
    long transformed = transform.map(each -> slab.place(each.bytes())).orElse(weight);
    Consumer<MemorySegment> blocks =
        switch (pass) {
          case DataPass.OfBlock each ->
              m -> {
                for (int block = 0; block < BLOCKS; block++) {
                  each.run(m, from.at(block), transformed, bias, scratch, to.at(block));
                }
              };
          case DataPass.OfBatch each -> {
            long factors = slab.place(each.factorsBytes());
            long products = slab.place(each.productsBytes());
            yield m -> {
              for (int block = 0; block < BLOCKS; block++) {
                each.scatter(m, block, from.at(block), scratch, factors);
              }
              for (int tile = 0; tile < each.tiles(); tile++) {
                each.multiply(m, tile, factors, transformed, bias, products);
              }
              for (int block = 0; block < BLOCKS; block++) {
                each.gather(m, block, products, scratch, to.at(block));
              }
            };
          }
        };
    return m -> {
      transform.ifPresent(each -> {
        for (int tile = 0; tile < each.tiles(); tile++) {
          each.run(m, tile, weight, transformScratch, transformed);
        }
      });
      blocks.accept(m);
    };
  }

  private Consumer<MemorySegment> weights(
      Slab slab, WeightPass pass, Blocks in, Blocks outGradient) {
    long scratch = slab.place(pass.scratchBytes());
    long gradient = slab.place(layer.spec.weightBytes());
    return switch (pass) {
      case WeightPass.OfBlock each -> {
        long sums = slab.place(each.sumsBytes());
        yield m -> {
          Kernels.vector().fill(m, sums, each.sumsBytes(), 0);
          for (int block = 0; block < BLOCKS; block++) {
            each.add(m, in.at(block), outGradient.at(block), scratch, sums);
          }
          for (int tile = 0; tile < each.tiles(); tile++) {
            each.finish(m, tile, sums, each.sumsBytes(), 1, scratch, gradient);
          }
        };
      }
      case WeightPass.OfBatch each -> {
        long inFactors = slab.place(each.inFactorsBytes());
        long gradientFactors = slab.place(each.gradientFactorsBytes());
        long tileScratch = slab.place(each.tileScratchBytes());
        yield m -> {
          for (int block = 0; block < BLOCKS; block++) {
            each.scatter(
                m, block, in.at(block), outGradient.at(block), scratch, inFactors, gradientFactors);
          }
          for (int tile = 0; tile < each.tiles(); tile++) {
            each.finish(m, tile, BLOCKS, inFactors, gradientFactors, tileScratch, gradient);
          }
        };
      }
    };
  }
}
