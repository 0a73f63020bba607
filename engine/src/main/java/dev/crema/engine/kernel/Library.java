package dev.crema.engine.kernel;

import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Operator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private final Set<Operator> needed = EnumSet.noneOf(Operator.class);
  private final Set<String> taken = new HashSet<>();

  private final Convolving convolving;

  /** An empty library for convolutions that are computed so. */
  public Library(Convolving convolving) {
    this.convolving = convolving;
  }

  /** How convolutions are computed. */
  public Convolving convolving() {
    return convolving;
  }

  /** One loop, on whatever memory. */
  private record Loop(String name, Consumer<MemorySegment> small, Consumer<MemorySegment> empty) {}

  /** Says that the loops of this operator will be used. */
  public void need(Operator operator) {
    needed.add(operator);
  }

  /**
   * How to warm up each loop that was asked for since the last call, in the first bytes of this
   * memory: the generated ones first, which take longest.
   */
  public List<Warm> takeCold(MemorySegment memory) {
    List<Warm> all = new ArrayList<>();
    for (Loop loop : cold) {
      all.add(
          new Warm(
              loop.name(), () -> loop.small().accept(memory), () -> loop.empty().accept(memory)));
    }
    cold.clear();
    needed.forEach(operator -> all.addAll(WarmUp.list(operator, memory, 0)));
    needed.clear();
    all.removeIf(loop -> !taken.add(loop.name()));
    return all;
  }

  /** How to warm up the loops that every program uses, in the first bytes of this memory. */
  public static List<Warm> basic(MemorySegment memory) {
    return WarmUp.list(Operator.BASIC, memory, 0);
  }

  RowKernel row(RowKernel.Form form) {
    if (!(loops.get(form) instanceof RowKernel known)) {
      RowKernel kernel = form.generate();
      RowKernel.Strides small = RowKernel.Strides.small();
      RowKernel.Strides empty = RowKernel.Strides.EMPTY;
      add(
          form,
          kernel,
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
          memory -> kernel.run(memory, small, 0, 0),
          memory -> kernel.run(memory, empty, 0, 0));
      return kernel;
    }
    return known;
  }

  TransformKernel transform(TransformKernel.Form form) {
    if (!(loops.get(form) instanceof TransformKernel known)) {
      TransformKernel kernel = form.generate();
      TransformKernel.Strides small = TransformKernel.Strides.small();
      TransformKernel.Strides empty = TransformKernel.Strides.EMPTY;
      add(
          form,
          kernel,
          memory -> kernel.run(memory, small, 0, 0),
          memory -> kernel.run(memory, empty, 0, 0));
      return kernel;
    }
    return known;
  }

  private void add(
      Record form, Object kernel, Consumer<MemorySegment> small, Consumer<MemorySegment> empty) {
    loops.put(form, kernel);
    // With what the JVM adds to the name of a hidden class: each library has classes of its own.
    String name = kernel.getClass().getName();
    String simple = name.substring(kernel.getClass().getPackageName().length() + 1);
    cold.add(new Loop(simple + ".run", small, empty));
  }
}
