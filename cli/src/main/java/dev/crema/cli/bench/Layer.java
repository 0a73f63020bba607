package dev.crema.cli.bench;

import dev.crema.train.Benchmark;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What one of a layer's passes takes of a training step.
 *
 * @param seconds of all threads together
 * @param share of all of the step
 * @param gflops billions of operations per second and thread; 0 where they are not counted
 * @param bytes each value, gradient and parameter once; 0 where they are not counted
 * @param ofPeak what the rate is of that of a plain matrix product
 */
public record Layer(
    String path,
    String pass,
    double seconds,
    double share,
    double gflops,
    double bytes,
    double ofPeak) {

  /**
   * As it was measured.
   *
   * @param peakGflops of a thread
   */
  public static Layer of(Benchmark.Part part, double peakGflops) {
    return new Layer(
        part.label().path(),
        part.label().pass().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        part.seconds(),
        part.share(),
        part.gflops(),
        part.bytes(),
        part.gflops() / peakGflops);
  }

  /** From the JSON of {@link #toMap}. */
  static Layer of(Map<String, Object> map) {
    Measured.Figures figures = new Measured.Figures(map);
    return new Layer(
        String.valueOf(map.get("path")),
        String.valueOf(map.get("pass")),
        figures.get("seconds"),
        figures.get("share"),
        figures.get("gflops"),
        figures.get("bytes"),
        figures.get("peak_fraction"));
  }

  /** The median of each figure of the same pass in several rounds. */
  static Layer median(List<Layer> rounds) {
    Layer first = rounds.getFirst();
    return new Layer(
        first.path,
        first.pass,
        median(rounds, Layer::seconds),
        median(rounds, Layer::share),
        median(rounds, Layer::gflops),
        first.bytes,
        median(rounds, Layer::ofPeak));
  }

  private static double median(List<Layer> rounds, ToDoubleFunction<Layer> figure) {
    return Spread.of(rounds.stream().mapToDouble(figure).boxed().toList()).median();
  }

  /** The figures by their JSON names. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("path", path);
    map.put("pass", pass);
    map.put("seconds", seconds);
    map.put("share", share);
    map.put("gflops", gflops);
    map.put("bytes", bytes);
    map.put("peak_fraction", ofPeak);
    return map;
  }

  /** For people, in one line. */
  public String text() {
    String text =
        String.format(
            Locale.ROOT,
            "%-24s %-16s %9.1f us %5.1f %% %s%s",
            path,
            pass,
            seconds * 1e6,
            100 * share,
            rate(bytes / seconds * 1e-9, "GB/s"),
            rate(gflops, "GFLOP/s"));
    return gflops > 0
        ? text + String.format(Locale.ROOT, ", %.2f of the peak", ofPeak)
        : text.stripTrailing();
  }

  /** In a column of its own, empty where nothing is counted. */
  private static String rate(double number, String unit) {
    return number > 0 ? String.format(Locale.ROOT, "%7.1f %s", number, unit) : " ".repeat(12);
  }
}
