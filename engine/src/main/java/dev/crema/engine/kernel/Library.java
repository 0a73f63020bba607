package dev.crema.engine.kernel;

import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Operator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The generated loops, each generated once.
 *
 * <p>Each can be warmed up in a few bytes of scratch memory. Safe for use by several threads.
 */
public final class Library {
  /** Bytes of scratch memory that warming up touches. */
  public static final long SCRATCH_BYTES = 1 << 16;

  private final Map<LoopForm<?>, Object> loops = new LinkedHashMap<>();
  private final List<Function<MemorySegment, Warm>> cold = new ArrayList<>();
  private final Set<Operator> needed = EnumSet.noneOf(Operator.class);
  private final Set<String> taken = new LinkedHashSet<>();

  private final Convolving convolving;

  /** An empty library for convolutions that are computed so. */
  public Library(Convolving convolving) {
    this.convolving = convolving;
  }

  /** How convolutions are computed. */
  public Convolving convolving() {
    return convolving;
  }

  /** Says that the loops of this operator will be used. */
  public synchronized void need(Operator operator) {
    needed.add(operator);
  }

  /**
   * How to warm up each loop that was asked for since the last call, in the first bytes of this
   * memory: the generated ones first, which take longest.
   */
  public synchronized List<Warm> takeCold(MemorySegment memory) {
    List<Warm> all = new ArrayList<>();
    cold.forEach(loop -> all.add(loop.apply(memory)));
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

  /** The loop of a form: made at the first call, and then to be warmed up. */
  synchronized <K> K loop(LoopForm<K> form) {
    Object known = loops.get(form);
    if (known != null) {
      return form.type().cast(known);
    }
    K loop = VectorCode.define(form.type(), form.name(), form::write);
    loops.put(form, loop);
    // With what the JVM adds to the name of a hidden class: each library has classes of its own.
    String name = loop.getClass().getName();
    String simple = name.substring(loop.getClass().getPackageName().length() + 1);
    cold.add(memory ->
        new Warm(
            simple + ".run", () -> form.runSmall(loop, memory), () -> form.runEmpty(loop, memory)));
    return loop;
  }
}
