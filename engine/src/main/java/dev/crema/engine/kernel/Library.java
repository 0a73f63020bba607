package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The generated loops that one program needs, each generated once.
 *
 * <p>The memory and a scratch area in it let every loop be warmed up where it will run.
 */
public final class Library {
  /** Bytes of scratch memory that warming up touches. */
  public static final long SCRATCH_BYTES = 1 << 16;

  private final MemorySegment memory;
  private final Map<Record, Object> loops = new HashMap<>();
  private final List<Warm> warm = new ArrayList<>();

  /** A library whose loops will run on this memory, the first bytes of which are scratch. */
  public Library(MemorySegment memory) {
    this.memory = memory;
  }

  /** How to warm up each loop that was asked for. */
  public List<Warm> warm() {
    return List.copyOf(warm);
  }

  private record Pixels() {}

  RowKernel row(RowKernel.Form form) {
    if (!(loops.get(form) instanceof RowKernel known)) {
      RowKernel kernel = form.generate();
      RowKernel.Strides small = RowKernel.Strides.small();
      RowKernel.Strides empty = RowKernel.Strides.EMPTY;
      add(
          form,
          kernel,
          form.name(),
          () -> kernel.run(memory, small, 0, 0, 0, 0, 2),
          () -> kernel.run(memory, empty, 0, 0, 0, 0, 0));
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
          form.name(),
          () -> kernel.run(memory, small, 0, 0, 0, 2),
          () -> kernel.run(memory, empty, 0, 0, 0, 0));
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
          form.name(),
          () -> kernel.run(memory, small, 0, 0, 0, 2),
          () -> kernel.run(memory, empty, 0, 0, 0, 0));
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
          "transpose " + form.rows(),
          () -> kernel.run(memory, small, 0, 0),
          () -> kernel.run(memory, empty, 0, 0));
      return kernel;
    }
    return known;
  }

  PixelKernel pixels() {
    Pixels form = new Pixels();
    if (!(loops.get(form) instanceof PixelKernel known)) {
      PixelKernel kernel = PixelKernel.generate();
      PixelKernel.Strides small = PixelKernel.Strides.small();
      PixelKernel.Strides empty = PixelKernel.Strides.EMPTY;
      add(
          form,
          kernel,
          "pixels",
          () -> kernel.run(memory, small, 0, 0, 0),
          () -> kernel.run(memory, empty, 0, 0, 0));
      return kernel;
    }
    return known;
  }

  private void add(Record form, Object kernel, String name, Runnable small, Runnable empty) {
    loops.put(form, kernel);
    warm.add(new Warm(name, small, empty));
  }
}
