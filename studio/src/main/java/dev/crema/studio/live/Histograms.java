package dev.crema.studio.live;

import dev.crema.train.Event.ParameterMeasured;
import dev.crema.train.EventReader;
import dev.crema.train.Run;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How a parameter was distributed over a training. */
final class Histograms {
  /** Of this many every second is let go. */
  private static final int MAX_KEPT = 600;

  private final List<ParameterMeasured> kept = new ArrayList<>();
  private Optional<ParameterMeasured> last = Optional.empty();
  private int total;
  private int every = 1;

  private Histograms() {}

  /** The measurements of one parameter for JSON; of very many, some evenly chosen, and the last. */
  static Map<String, Object> of(Run run, String parameter) {
    Histograms all = new Histograms();
    new EventReader(run.events())
        .read(parameter, entry -> all.add((ParameterMeasured) entry.event()));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("parameter", parameter);
    map.put("total", all.total);
    map.put("steps", all.steps());
    return map;
  }

  private void add(ParameterMeasured measured) {
    last = Optional.of(measured);
    if (total++ % every == 0) {
      kept.add(measured);
    }
    if (kept.size() == MAX_KEPT) {
      every *= 2;
      IntStream.range(0, MAX_KEPT / 2).forEach(i -> kept.set(i, kept.get(2 * i)));
      kept.subList(MAX_KEPT / 2, MAX_KEPT).clear();
    }
  }

  private List<Map<String, Object>> steps() {
    Stream<ParameterMeasured> end = last.filter(one -> one != kept.getLast()).stream();
    return Stream.concat(kept.stream(), end).map(Histograms::toMap).toList();
  }

  private static Map<String, Object> toMap(ParameterMeasured measured) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("step", measured.step());
    map.put("epoch", measured.epoch());
    map.put("low", measured.low());
    map.put("high", measured.high());
    map.put("mean", measured.mean());
    map.put("deviation", measured.deviation());
    measured.updateRatio().filter(Double::isFinite).ifPresent(r -> map.put("updateRatio", r));
    map.put("counts", measured.counts());
    return map;
  }
}
