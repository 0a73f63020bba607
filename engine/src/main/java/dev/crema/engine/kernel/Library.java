package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The generated loops, each generated once.
 *
 * <p>Each can be warmed up in a few bytes of scratch memory.
 */
public final class Library {
  /** Bytes of scratch memory that warming up touches. */
  public static final long SCRATCH_BYTES = 1 << 16;

  private final Map<Record, Object> loops = new HashMap<>();
  private final List<Loop> cold = new ArrayList<>();

  private boolean handWritten;

  /** One loop, on whatever memory. */
  private record Loop(String name, Consumer<MemorySegment> small, Consumer<MemorySegment> empty) {}

  /**
   * How to warm up each loop that was asked for since the last call, in the first bytes of this
   * memory.
   */
  public List<Warm> takeCold(MemorySegment memory) {
    List<Warm> taken =
        cold.stream()
            .map(loop ->
                new Warm(
                    loop.name(),
                    () -> loop.small().accept(memory),
                    () -> loop.empty().accept(memory)))
            .toList();
    cold.clear();
    if (handWritten) {
      return taken;
    }
    handWritten = true;
    List<Warm> all = new ArrayList<>(taken);
    all.addAll(VectorKernels.warm(memory, 0));
    long to = 16L * Vectors.BYTES;
    all.add(
        new Warm(
            "VectorLoops.sum",
            () -> VectorLoops.sum(memory, 3L * Vectors.BYTES, 0, Vectors.BYTES, 3, to),
            () -> VectorLoops.sum(memory, 0, 0, 0, 0, to)));
    return all;
  }

  RowKernel row(RowKernel.Form form) {
    if (!(loops.get(form) instanceof RowKernel known)) {
      RowKernel kernel = form.generate();
      RowKernel.Strides small = RowKernel.Strides.small();
      RowKernel.Strides empty = RowKernel.Strides.EMPTY;
      add(
          form,
          kernel,
          form.name() + ".run",
          memory -> kernel.run(memory, small, 0, 0, 0, 0, 2),
          memory -> kernel.run(memory, empty, 0, 0, 0, 0, 0));
      return kernel;
    }
    return known;
  }

  ImageGradientKernel imageGradient(ImageGradientKernel.Form form) {
    if (!(loops.get(form) instanceof ImageGradientKernel known)) {
      ImageGradientKernel kernel = form.generate();
      ImageGradientKernel.Strides small = ImageGradientKernel.Strides.small();
      ImageGradientKernel.Strides empty = ImageGradientKernel.Strides.EMPTY;
      add(
          form,
          kernel,
          form.name() + ".run",
          memory -> kernel.run(memory, small, 0, 0, 0, 2),
          memory -> kernel.run(memory, empty, 0, 0, 0, 0));
      return kernel;
    }
    return known;
  }

  ChannelGradientKernel channelGradient(ChannelGradientKernel.Form form) {
    if (!(loops.get(form) instanceof ChannelGradientKernel known)) {
      ChannelGradientKernel kernel = form.generate();
      ChannelGradientKernel.Strides small = ChannelGradientKernel.Strides.small();
      ChannelGradientKernel.Strides empty = ChannelGradientKernel.Strides.EMPTY;
      add(
          form,
          kernel,
          form.name() + ".run",
          memory -> kernel.run(memory, small, 0, 0, 0, 2),
          memory -> kernel.run(memory, empty, 0, 0, 0, 0));
      return kernel;
    }
    return known;
  }

  TransposeKernel transpose(TransposeKernel.Form form) {
    if (!(loops.get(form) instanceof TransposeKernel known)) {
      TransposeKernel kernel = form.generate();
      TransposeKernel.Strides small = TransposeKernel.Strides.small();
      TransposeKernel.Strides empty = TransposeKernel.Strides.EMPTY;
      add(
          form,
          kernel,
          "LoopTranspose_" + form.rows() + ".run",
          memory -> kernel.run(memory, small, 0, 0),
          memory -> kernel.run(memory, empty, 0, 0));
      return kernel;
    }
    return known;
  }

  private void add(
      Record form,
      Object kernel,
      String name,
      Consumer<MemorySegment> small,
      Consumer<MemorySegment> empty) {
    loops.put(form, kernel);
    cold.add(new Loop(name, small, empty));
  }
}
