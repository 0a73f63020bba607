package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
import java.util.List;
import java.util.stream.IntStream;

/** Output rows, of these, for which this kernel row lies inside the input. */
record Rows(int first, int count) {
  /** What the innermost loops go over again and again should stay in the first-level cache. */
  static final int CACHE_BYTES = 20 << 10;

  Rows reaching(Convolution spec, int kernelRow) {
    int stride = spec.window().stride();
    int padding = spec.window().padding();
    int start = Math.max(first, Math.ceilDiv(padding - kernelRow, stride));
    int last =
        Math.min(
            first + count - 1, Math.floorDiv(spec.in().height() - 1 + padding - kernelRow, stride));
    return new Rows(start, Math.max(0, last - start + 1));
  }

  /** These rows in bands as equal as can be, none of more than so many. */
  List<Rows> bands(long most) {
    int bands = Math.ceilDiv(count, (int) Math.clamp(most, 1, count));
    return IntStream.range(0, bands)
        .mapToObj(band -> {
          int start = band * count / bands;
          return new Rows(first + start, (band + 1) * count / bands - start);
        })
        .toList();
  }
}
