package dev.crema.engine;

/**
 * The shape of a convolution, whose passes are {@link DataPass}es and a {@link WeightPass}.
 *
 * <p>Weights lie as {@code [inputs of a group][kernel row][kernel column][outputs]}, with the
 * outputs padded to whole vectors, so that all three passes read or write them where they are. They
 * may also be some columns of a wider table, which several convolutions share. A dense layer is the
 * convolution of a single cell.
 *
 * @param in the input, with a halo of at least the padding
 * @param out the output
 * @param inGradient the input's gradient
 * @param outGradient the output's gradient, with a halo of at least {@link #gradientHalo} if the
 *     gradient of the input is wanted
 * @param weightColumns numbers from one kernel column's weights to the next one's
 */
public record Convolution(
    Window window,
    int groups,
    Volume in,
    Volume out,
    Volume inGradient,
    Volume outGradient,
    int weightColumns) {
  /** Validates that the sizes fit each other. */
  public Convolution {
    if (groups < 1 || in.channels() % groups != 0 || out.channels() % groups != 0) {
      throw new IllegalArgumentException(
          "%s inputs and %s outputs cannot be split into %s groups"
              .formatted(in.channels(), out.channels(), groups));
    }
    if (out.height() != window.places(in.height())
        || out.width() != window.places(in.width())
        || in.halo() < window.padding()
        || in.vectors() != out.vectors()
        || (window.kernel() > 1 && in.vectors() > 1)) {
      throw new IllegalArgumentException(
          "%s and %s do not fit each other and %s, or their vectors differ"
              .formatted(in, out, window));
    }
    checkFits("inGradient", inGradient, in);
    checkFits("outGradient", outGradient, out);
    if (weightColumns < out.channels()) {
      throw new IllegalArgumentException(
          "%s columns of weights are too few for %s outputs"
              .formatted(weightColumns, out.channels()));
    }
  }

  /** A gradient has the sizes of its value; halos may differ. */
  private static void checkFits(String name, Volume gradient, Volume value) {
    if (!gradient.withHalo(0).equals(value.withHalo(0))) {
      throw new IllegalArgumentException(
          "expected an %s as large as %s, got %s".formatted(name, value, gradient));
    }
  }

  /** Of weights in a table of their own. */
  public Convolution(
      Window window, int groups, Volume in, Volume out, Volume inGradient, Volume outGradient) {
    this(window, groups, in, out, inGradient, outGradient, Lanes.roundUp(out.channels()));
  }

  /** Input channels of a group. */
  public int groupInputs() {
    return in.channels() / groups;
  }

  /** Output channels of a group. */
  public int groupOutputs() {
    return out.channels() / groups;
  }

  /** Output channels, padded to whole vectors. */
  public int paddedOutputs() {
    return Lanes.roundUp(out.channels());
  }

  /** Most ways ask for weights that are not some columns of a table that others have a part in. */
  void requireOwnWeights() {
    if (weightColumns > paddedOutputs()) {
      throw new IllegalArgumentException(
          "expected weights in a table of their own, got %s of %s columns"
              .formatted(out.channels(), weightColumns));
    }
  }

  /** Bytes of the weights' table. */
  public long weightBytes() {
    return (long) groupInputs() * window.kernel() * window.kernel() * weightColumns * Float.BYTES;
  }

  /** The halo that backward-data needs around the rows of the output's gradient. */
  public static int gradientHalo(Window window, int inWidth) {
    int halo = 0;
    int outWidth = window.places(inWidth);
    for (int phase = 0; phase < window.stride(); phase++) {
      Phase columns = Phase.of(window, phase, inWidth);
      if (columns.taps() > 0 && columns.places() > 0) {
        halo = Math.max(halo, columns.taps() - 1 - columns.from());
        halo = Math.max(halo, columns.from() + columns.places() - outWidth);
      }
    }
    return halo;
  }

  /**
   * Input cells of one residue modulo the stride: the only ones that the same kernel taps reach.
   *
   * @param first the first such input cell
   * @param places how many there are
   * @param taps how many kernel taps reach them: phase, phase + stride, ...
   * @param from the output cell under the first tap at the first input cell
   */
  public record Phase(int first, int places, int taps, int from) {
    /** The phase in which input cell + padding = phase, modulo the stride. */
    public static Phase of(Window window, int phase, int inSize) {
      int first = Math.floorMod(phase - window.padding(), window.stride());
      int places = Math.max(0, Math.ceilDiv(inSize - first, window.stride()));
      int taps = Math.max(0, Math.ceilDiv(window.kernel() - phase, window.stride()));
      return new Phase(first, places, taps, (first + window.padding() - phase) / window.stride());
    }
  }
}
