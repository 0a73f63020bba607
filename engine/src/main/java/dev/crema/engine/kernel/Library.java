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
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

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
    RowKernel.Strides small = RowKernel.Strides.small();
    return loop(
        form,
        RowKernel.class,
        form::generate,
        (kernel, memory) -> kernel.run(memory, small, 0, 0, 0, 0, 2),
        (kernel, memory) -> kernel.run(memory, RowKernel.Strides.EMPTY, 0, 0, 0, 0, 0));
  }

  ImageGradientKernel imageGradient(ImageGradientKernel.Form form) {
    ImageGradientKernel.Strides small = ImageGradientKernel.Strides.small();
    return loop(
        form,
        ImageGradientKernel.class,
        form::generate,
        (kernel, memory) -> kernel.run(memory, small, 0, 0, 0, 2),
        (kernel, memory) -> kernel.run(memory, ImageGradientKernel.Strides.EMPTY, 0, 0, 0, 0));
  }

  ChannelGradientKernel channelGradient(ChannelGradientKernel.Form form) {
    ChannelGradientKernel.Strides small = ChannelGradientKernel.Strides.small();
    return loop(
        form,
        ChannelGradientKernel.class,
        form::generate,
        (kernel, memory) -> kernel.run(memory, small, 0, 0, 0, 2),
        (kernel, memory) -> kernel.run(memory, ChannelGradientKernel.Strides.EMPTY, 0, 0, 0, 0));
  }

  DenseGradientKernel denseGradient(DenseGradientKernel.Form form) {
    DenseGradientKernel.Strides small = DenseGradientKernel.Strides.small();
    return loop(
        form,
        DenseGradientKernel.class,
        form::generate,
        (kernel, memory) -> kernel.run(memory, small, 0, 0, 0, 2, 2),
        (kernel, memory) -> kernel.run(memory, DenseGradientKernel.Strides.EMPTY, 0, 0, 0, 0, 0));
  }

  MaxPoolKernel maxPool(MaxPoolKernel.Form form) {
    MaxPoolTile.Strides small = MaxPoolTile.Strides.small();
    return loop(
        form,
        MaxPoolKernel.class,
        form::generate,
        (kernel, memory) -> kernel.run(memory, small, 0, 0, 0, 2),
        (kernel, memory) -> kernel.run(memory, MaxPoolTile.Strides.EMPTY, 0, 0, 0, 0));
  }

  MaxPoolGradientKernel maxPoolGradient(MaxPoolGradientKernel.Form form) {
    MaxPoolTile.Strides small = MaxPoolTile.Strides.small();
    return loop(
        form,
        MaxPoolGradientKernel.class,
        form::generate,
        (kernel, memory) -> kernel.run(memory, small, 0, 0, 0, 0, 0, 2),
        (kernel, memory) -> kernel.run(memory, MaxPoolTile.Strides.EMPTY, 0, 0, 0, 0, 0, 0));
  }

  TransposeKernel transpose(TransposeKernel.Form form) {
    TransposeKernel.Strides small = TransposeKernel.Strides.small();
    return loop(
        form,
        TransposeKernel.class,
        form::generate,
        (kernel, memory) -> kernel.run(memory, small, 0, 0),
        (kernel, memory) -> kernel.run(memory, TransposeKernel.Strides.EMPTY, 0, 0));
  }

  TransformKernel transform(TransformKernel.Form form) {
    TransformKernel.Strides small = TransformKernel.Strides.small();
    return loop(
        form,
        TransformKernel.class,
        form::generate,
        (kernel, memory) -> kernel.run(memory, small, 0, 0),
        (kernel, memory) -> kernel.run(memory, TransformKernel.Strides.EMPTY, 0, 0));
  }

  /**
   * The loop of a form: made at the first call, and then to be warmed up.
   *
   * @param small runs it on a few numbers of the memory
   * @param empty runs it with nothing to do
   */
  private <K> K loop(
      Record form,
      Class<K> type,
      Supplier<K> generate,
      BiConsumer<K, MemorySegment> small,
      BiConsumer<K, MemorySegment> empty) {
    Object known = loops.get(form);
    if (known != null) {
      return type.cast(known);
    }
    K kernel = generate.get();
    loops.put(form, kernel);
    // With what the JVM adds to the name of a hidden class: each library has classes of its own.
    String name = kernel.getClass().getName();
    String simple = name.substring(kernel.getClass().getPackageName().length() + 1);
    cold.add(
        new Loop(
            simple + ".run",
            memory -> small.accept(kernel, memory),
            memory -> empty.accept(kernel, memory)));
    return kernel;
  }
}
