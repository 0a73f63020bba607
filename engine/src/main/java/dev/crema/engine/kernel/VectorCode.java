package dev.crema.engine.kernel;

import static java.lang.constant.ConstantDescs.CD_Class;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * A small assembler for unrolled vector loops: it writes the body of one kernel method, in terms of
 * vectors, offsets and counted loops.
 *
 * <p>Unrolled taps with constant offsets run twice as fast as a tap loop, and that takes one method
 * for each tile and kernel width: too many to write by hand, and the right set differs with the
 * vector width.
 */
final class VectorCode {
  private static final ClassDesc VECTOR = desc(FloatVector.class);
  private static final ClassDesc ANY_VECTOR = desc(Vector.class);
  private static final ClassDesc SPECIES = desc(VectorSpecies.class);
  private static final ClassDesc SEGMENT = desc(MemorySegment.class);
  private static final ClassDesc FLOAT_LAYOUT = desc(ValueLayout.OfFloat.class);
  private static final ClassDesc MASK = desc(VectorMask.class);
  private static final ClassDesc OPERATORS = desc(VectorOperators.class);
  private static final ClassDesc COMPARISON = desc(VectorOperators.Comparison.class);
  private static final ClassDesc MATH = desc(Math.class);
  private static final MethodTypeDesc BLEND = MethodTypeDesc.of(VECTOR, ANY_VECTOR, MASK);
  private static final ClassDesc BYTE_ORDER = desc(ByteOrder.class);
  private static final ClassDesc VECTORS = desc(Vectors.class);

  private final CodeBuilder code;
  private final int segment;
  private final Map<String, Integer> argumentSlots = new LinkedHashMap<>();

  private VectorCode(CodeBuilder code, Class<?> arguments) {
    this.code = code;
    this.segment = 1;
    // All at the start: past the compiler's inlining limit even an accessor stays a call.
    RecordComponent[] components = arguments.getRecordComponents();
    for (int i = 0; i < components.length; i++) {
      ClassDesc type = desc(components[i].getType());
      TypeKind kind = TypeKind.from(type);
      int slot = code.allocateLocal(kind);
      argumentSlots.put(components[i].getName(), slot);
      code.aload(2)
          .invokevirtual(desc(arguments), components[i].getName(), MethodTypeDesc.of(type))
          .storeLocal(kind, slot);
      if (i == 0) {
        // Warming up calls with nothing to do, thousands of times: those calls must end before
        // anything that the loops share, or the compiler would take the loops for the cold part.
        Label start = code.newLabel();
        code.iload(slot).ifgt(start).return_().labelBinding(start);
        code.aload(segment)
            .invokestatic(VECTORS, "offHeap", MethodTypeDesc.of(SEGMENT, SEGMENT))
            .astore(segment);
      }
    }
  }

  /**
   * Makes an instance of a kernel: a class with one method, whose parameters are the memory, the
   * loop's fixed arguments (a record of longs and ints), and then any longs and ints. Where the
   * first argument is 0 there is nothing to do.
   *
   * @param kernel the functional interface to implement
   * @param name a name for profiles and stack traces
   * @param body writes the method's code
   */
  static <K> K define(Class<K> kernel, String name, Consumer<VectorCode> body) {
    Method method =
        Arrays.stream(kernel.getMethods())
            .filter(each -> Modifier.isAbstract(each.getModifiers()))
            .findFirst()
            .orElseThrow();
    MethodTypeDesc type =
        MethodTypeDesc.of(
            CD_void,
            Arrays.stream(method.getParameterTypes())
                .map(VectorCode::desc)
                .toArray(ClassDesc[]::new));
    byte[] bytes =
        ClassFile.of()
            .build(
                ClassDesc.of(VectorCode.class.getPackageName(), name),
                c -> {
                  c.withFlags(ClassFile.ACC_FINAL).withInterfaceSymbols(desc(kernel));
                  c.withMethodBody(
                      INIT_NAME,
                      MTD_void,
                      0,
                      b -> b.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_());
                  c.withMethodBody(
                      method.getName(),
                      type,
                      ClassFile.ACC_PUBLIC,
                      b -> {
                        body.accept(new VectorCode(b, method.getParameterTypes()[1]));
                        b.return_();
                      });
                });
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup().defineHiddenClass(bytes, true);
      return kernel.cast(
          lookup.findConstructor(lookup.lookupClass(), MethodType.methodType(void.class)).invoke());
    } catch (Throwable e) {
      throw new LinkageError("cannot define kernel " + name, e);
    }
  }

  private static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  /** The local variable of the method's n-th parameter after the memory and the arguments. */
  int parameter(int n) {
    return code.parameterSlot(2 + n);
  }

  int newVector() {
    return code.allocateLocal(TypeKind.REFERENCE);
  }

  int[] newVectors(int count) {
    int[] vectors = new int[count];
    for (int i = 0; i < count; i++) {
      vectors[i] = newVector();
    }
    return vectors;
  }

  int newLong() {
    return code.allocateLocal(TypeKind.LONG);
  }

  void setLong(int target, int source) {
    code.lload(source).lstore(target);
  }

  private int argument(String name) {
    return Objects.requireNonNull(argumentSlots.get(name), name);
  }

  void add(int target, int increment) {
    code.lload(target).lload(increment).ladd().lstore(target);
  }

  /**
   * Adds a long argument. There is no way to add a constant: an address that moves by a constant in
   * a counted loop makes the compiler split the loop to move range checks out of it, at a cost far
   * above that of the checks.
   */
  void addArgument(int target, String name) {
    add(target, argument(name));
  }

  /** Raises a negative number to 0. */
  void atLeastZero(int target) {
    code.lload(target)
        .lconst_0()
        .invokestatic(MATH, "max", MethodTypeDesc.of(CD_long, CD_long, CD_long))
        .lstore(target);
  }

  /** Lowers a number to that of a long argument. */
  void atMostArgument(int target, String name) {
    code.lload(target)
        .lload(argument(name))
        .invokestatic(MATH, "min", MethodTypeDesc.of(CD_long, CD_long, CD_long))
        .lstore(target);
  }

  /** Repeats the body as often as an int argument says. */
  void repeatArgument(String name, Runnable body) {
    repeatParameter(argument(name), body);
  }

  /** Repeats the body as often as the int parameter says. */
  void repeatParameter(int slot, Runnable body) {
    code.iload(slot);
    repeatStack(body);
  }

  /**
   * Repeats the body for every tile of a row, and moves both addresses on: by {@code inTile} and
   * {@code outTile}, before the last tile by {@code inLastTile} and {@code outLastTile}.
   */
  void tiles(int input, int out, Runnable body) {
    int left = code.allocateLocal(TypeKind.INT);
    Label start = code.newLabel();
    Label last = code.newLabel();
    Label end = code.newLabel();
    code.iload(argument("tiles")).istore(left);
    code.labelBinding(start).iload(left).ifle(end);
    body.run();
    code.iinc(left, -1).iload(left).loadConstant(1).if_icmpeq(last);
    addArgument(input, "inTile");
    addArgument(out, "outTile");
    code.goto_(start).labelBinding(last);
    addArgument(input, "inLastTile");
    addArgument(out, "outLastTile");
    code.goto_(start).labelBinding(end);
  }

  /** Repeats the body a fixed number of times, as a loop. */
  void repeat(int times, Runnable body) {
    code.loadConstant(times);
    repeatStack(body);
  }

  private void repeatStack(Runnable body) {
    int counter = code.allocateLocal(TypeKind.INT);
    Label start = code.newLabel();
    Label end = code.newLabel();
    code.istore(counter).labelBinding(start).iload(counter).ifle(end);
    body.run();
    code.iinc(counter, -1).goto_(start).labelBinding(end);
  }

  void zero(int... vectors) {
    pushZero();
    exact();
    for (int i = 0; i < vectors.length - 1; i++) {
      code.dup().astore(vectors[i]);
    }
    code.astore(vectors[vectors.length - 1]);
  }

  /**
   * Tells the compiler the exact class of the vector on the stack, as {@link Vectors#exact} does;
   * written out, for past the compiler's inlining limit that would stay a call.
   */
  private void exact() {
    code.getstatic(VECTORS, "EXACT", CD_Class)
        .swap()
        .invokevirtual(CD_Class, "cast", MethodTypeDesc.of(CD_Object, CD_Object))
        .checkcast(VECTOR);
  }

  /** Not a constant object: as the start of a sum it would keep all sums boxed. */
  private void pushZero() {
    code.getstatic(VECTORS, "SPECIES", SPECIES)
        .invokestatic(VECTOR, "zero", MethodTypeDesc.of(VECTOR, SPECIES));
  }

  void copy(int target, int source) {
    code.aload(source).astore(target);
  }

  void load(int vector, int address, long offset) {
    code.getstatic(VECTORS, "SPECIES", SPECIES).aload(segment);
    address(address, offset);
    code.getstatic(VECTORS, "ORDER", BYTE_ORDER)
        .invokestatic(
            VECTOR,
            "fromMemorySegment",
            MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, CD_long, BYTE_ORDER));
    exact();
    code.astore(vector);
  }

  void broadcast(int vector, int address, long offset) {
    code.getstatic(VECTORS, "SPECIES", SPECIES)
        .aload(segment)
        .getstatic(VECTORS, "FLOAT", FLOAT_LAYOUT);
    address(address, offset);
    code.invokeinterface(SEGMENT, "get", MethodTypeDesc.of(CD_float, FLOAT_LAYOUT, CD_long))
        .invokestatic(VECTOR, "broadcast", MethodTypeDesc.of(VECTOR, SPECIES, CD_float));
    exact();
    code.astore(vector);
  }

  void store(int vector, int address, long offset) {
    code.aload(vector).aload(segment);
    address(address, offset);
    code.getstatic(VECTORS, "ORDER", BYTE_ORDER)
        .invokevirtual(
            VECTOR, "intoMemorySegment", MethodTypeDesc.of(CD_void, SEGMENT, CD_long, BYTE_ORDER));
  }

  /** Stores a sum that went around a loop: the compiler has lost its exact class there. */
  void storeSum(int sum, int address, long offset) {
    makeExact(sum);
    store(sum, address, offset);
  }

  private void makeExact(int vector) {
    code.aload(vector);
    exact();
    code.astore(vector);
  }

  /** {@code sum += first}, in this order, for {@code first} has an exact class. */
  void addTo(int sum, int first) {
    code.aload(first)
        .aload(sum)
        .invokevirtual(VECTOR, "add", MethodTypeDesc.of(VECTOR, ANY_VECTOR));
    exact();
    code.astore(sum);
  }

  private void address(int address, long offset) {
    code.lload(address);
    if (offset != 0) {
      code.loadConstant(offset).ladd();
    }
  }

  /** A vector of one number, made once before the loops that use it. */
  int constant(float value) {
    int vector = newVector();
    code.getstatic(VECTORS, "SPECIES", SPECIES)
        .loadConstant(value)
        .invokestatic(VECTOR, "broadcast", MethodTypeDesc.of(VECTOR, SPECIES, CD_float));
    exact();
    code.astore(vector);
    return vector;
  }

  /** {@code product = a * b}, where {@code a} has an exact class; so has the product. */
  void multiply(int product, int a, int b) {
    code.aload(a).aload(b).invokevirtual(VECTOR, "mul", MethodTypeDesc.of(VECTOR, ANY_VECTOR));
    exact();
    code.astore(product);
  }

  /**
   * {@code sum += a * b}, rounded once. The sum may have been carried around a loop: the compiler
   * has lost its exact class there, and finds out again by itself or not.
   */
  void multiplyAdd(int sum, int a, int b) {
    code.aload(a).aload(b).aload(sum);
    exact();
    code.invokevirtual(VECTOR, "fma", MethodTypeDesc.of(VECTOR, ANY_VECTOR, ANY_VECTOR))
        .astore(sum);
  }

  /** {@code best = x > best ? x : best}. Both may have been carried around a loop. */
  void larger(int best, int x) {
    code.aload(best);
    exact();
    code.aload(x);
    compare("GT", x, best);
    code.invokevirtual(VECTOR, "blend", BLEND).astore(best);
  }

  /**
   * Moves a number from {@code rest} to {@code taken} in the lanes where {@code x} equals {@code
   * best}, and sets the other lanes of {@code taken} to {@code zero}, which has an exact class. So
   * has {@code taken} then; {@code rest} may have been carried around a loop.
   */
  void takeWhereEqual(int taken, int rest, int x, int best, int zero) {
    int lanes = code.allocateLocal(TypeKind.REFERENCE);
    compare("EQ", x, best);
    code.astore(lanes);
    code.aload(zero).aload(rest).aload(lanes).invokevirtual(VECTOR, "blend", BLEND);
    exact();
    code.astore(taken).aload(rest);
    exact();
    code.aload(zero).aload(lanes).invokevirtual(VECTOR, "blend", BLEND).astore(rest);
  }

  /** {@code target = a > b ? x : zero}, where {@code zero} has an exact class. */
  void whereLarger(int target, int x, int a, int b, int zero) {
    code.aload(zero).aload(x);
    compare("GT", a, b);
    code.invokevirtual(VECTOR, "blend", BLEND);
    exact();
    code.astore(target);
  }

  /** Leaves the lanes where it is so on the stack. */
  private void compare(String comparison, int a, int b) {
    code.aload(a);
    exact();
    code.getstatic(OPERATORS, comparison, COMPARISON)
        .aload(b)
        .invokevirtual(VECTOR, "compare", MethodTypeDesc.of(MASK, COMPARISON, ANY_VECTOR));
  }

  /**
   * Transposes a square of {@code vectors.length} vectors, in place: after it, vector i holds lane
   * i of each. Each of the log2 rounds exchanges two quarters of every 2 d x 2 d square.
   */
  void transpose(int[] vectors) {
    int exchanged = newVector();
    for (int distance = 1; distance < vectors.length; distance *= 2) {
      for (int i = 0; i < vectors.length; i++) {
        if ((i & distance) == 0) {
          exchange(vectors[i], vectors[i + distance], exchanged, distance);
          copy(vectors[i], exchanged);
        }
      }
    }
  }

  /**
   * Adds the lanes of sums that went around a loop: lane i of the vector that it returns is the sum
   * of vector i's lanes, and the lanes past the last vector are 0. Each round halves the vectors.
   */
  int sumLanes(int[] vectors) {
    int zero = newVector();
    int exchanged = newVector();
    int upper = newVector();
    zero(zero);
    int[] left = new int[Vectors.LANES];
    for (int i = 0; i < left.length; i++) {
      left[i] = i < vectors.length ? vectors[i] : zero;
      makeExact(left[i]);
    }
    for (int distance = 1; distance < left.length; distance *= 2) {
      for (int i = 0; i < left.length; i += 2 * distance) {
        int low = left[i];
        int high = left[i + distance];
        if (low != zero) {
          copy(upper, high);
          exchange(low, upper, exchanged, distance);
          addTo(exchanged, upper);
          copy(low, exchanged);
        }
      }
    }
    return left[0];
  }

  /**
   * Exchanges the upper half of each 2 d lanes of {@code low} for the lower one of {@code high}:
   * {@code exchanged} becomes what is {@code low} then.
   */
  private void exchange(int low, int high, int exchanged, int distance) {
    rearrange(low, high, "UP_" + distance, "UPPER_" + distance);
    code.astore(exchanged);
    rearrange(high, low, "DOWN_" + distance, "LOWER_" + distance);
    code.astore(high);
  }

  /** Leaves on the stack {@code target} with moved lanes of {@code source} in some places. */
  private void rearrange(int target, int source, String shuffle, String mask) {
    ClassDesc type = desc(VectorShuffle.class);
    code.aload(target)
        .aload(source)
        .getstatic(VECTORS, shuffle, type)
        .invokevirtual(VECTOR, "rearrange", MethodTypeDesc.of(VECTOR, type))
        .getstatic(VECTORS, mask, MASK)
        .invokevirtual(VECTOR, "blend", BLEND);
  }
}
