package dev.crema.studio.live;

import dev.crema.train.Event.ParameterMeasured;
import dev.crema.train.EventReader;
import dev.crema.train.Run;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a parameter was distributed over a training. */
final class Histograms {
  private static final int MOST = 300;

  private Histograms() {}

  /** The measurements of one parameter for JSON; of very many, some evenly chosen, and the last. */
  static Map<String, Object> of(Run run, String parameter) {
    List<ParameterMeasured> all = new ArrayList<>();
    new EventReader(run.events())
        .read(parameter, entry -> all.add((ParameterMeasured) entry.event()));
    int every = Math.max(1, Math.ceilDiv(all.size(), MOST));
    List<Map<String, Object>> steps = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (i % every == 0 || i == all.size() - 1) {
        steps.add(toMap(all.get(i)));
      }
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("parameter", parameter);
    map.put("total", all.size());
    map.put("steps", steps);
    return map;
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
