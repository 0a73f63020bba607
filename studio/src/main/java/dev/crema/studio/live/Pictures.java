package dev.crema.studio.live;

import dev.crema.nn.NetworkException;
import dev.crema.studio.HtmlReport;
import dev.crema.train.Run;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The pictures of runs, as their reports have them; the last few runs' stay in memory. */
final class Pictures {
  private static final int MOST_RUNS = 4;

  /**
   * While a run trains, its pictures may be so old: drawing takes seconds, which it needs itself.
   */
  private static final long AGE_NANOS = Duration.ofSeconds(30).toNanos();

  private final Workshop workshop;
  private final Map<String, Drawn> drawn = new LinkedHashMap<>();

  /**
   * All pictures of a run.
   *
   * @param version the run's, as it was drawn
   * @param nanos when that was
   * @param svgs by their names
   * @param missing what cannot be shown, and why
   */
  record Drawn(String version, long nanos, Map<String, String> svgs, List<String> missing) {
    private boolean isGoodFor(Summary summary) {
      return version.equals(summary.version())
          || (summary.isRunning() && System.nanoTime() - nanos < AGE_NANOS);
    }
  }

  Pictures(Workshop workshop) {
    this.workshop = workshop;
  }

  /**
   * The pictures of a run as it is now, or was a moment ago if it trains.
   *
   * @throws Refusal if its network does not fit its data
   */
  synchronized Drawn of(Summary summary) {
    Drawn known = drawn.get(summary.id());
    if (known != null && known.isGoodFor(summary)) {
      return known;
    }
    HtmlReport report = report(List.of(summary.run()));
    Drawn now =
        new Drawn(summary.version(), System.nanoTime(), report.pictures(), report.missing());
    drawn.remove(summary.id());
    while (drawn.size() >= MOST_RUNS) {
      drawn.remove(drawn.keySet().iterator().next());
    }
    drawn.put(summary.id(), now);
    return now;
  }

  /**
   * The report of some runs.
   *
   * @throws Refusal if a network does not fit its data
   */
  HtmlReport report(List<Run> runs) {
    try {
      return HtmlReport.of(
          runs.stream().map(run -> new HtmlReport.Source(run, workshop.experiment(run))).toList());
    } catch (NetworkException e) {
      throw new Refusal(409, String.valueOf(e.getMessage()));
    }
  }
}
