package dev.crema.studio.live;

import dev.crema.data.Sha256;
import dev.crema.engine.Listing;
import dev.crema.train.CheckpointException;
import dev.crema.train.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The runs in a folder and in folders of it, each with a number that says nothing of its path. */
final class Shelf {
  private static final int DEPTH = 3;
  private static final int ID_DIGITS = 12;
  private static final long FRESH_NANOS = Duration.ofMillis(500).toNanos();

  /** Points in memory, of 16 bytes and more. */
  private static final int MOST_POINTS = 1 << 22;

  private final Path folder;
  private Map<String, Summary> summaries = Map.of();
  private long scanned = System.nanoTime() - FRESH_NANOS;

  /** The histories that were asked for, the one asked for last at the end. */
  private final Map<String, History> histories = new LinkedHashMap<>(16, 0.75f, true);

  Shelf(Path folder) {
    this.folder = folder;
  }

  /** Reads what is likely to be asked for first: the list, and of the newest run a part. */
  void readAhead() {
    try {
      now().values().stream().findFirst().map(this::history).ifPresent(History::readAhead);
    } catch (CheckpointException e) {
      // said to those who ask for that run
    }
  }

  /** What there is by its id, newest first; at most half a second old. */
  synchronized Map<String, Summary> summaries() {
    return System.nanoTime() - scanned < FRESH_NANOS ? summaries : now();
  }

  /** What there is at this moment. */
  synchronized Map<String, Summary> now() {
    List<Path> runs = new ArrayList<>();
    find(folder, DEPTH, runs);
    List<Summary> found =
        runs.parallelStream()
            .map(run -> {
              String id = id(run);
              Summary known = summaries.get(id);
              return known == null ? Summary.of(id, new Run(run)) : known.renewed();
            })
            .sorted(Comparator.comparingLong(Summary::started).reversed())
            .toList();
    Map<String, Summary> all = new LinkedHashMap<>();
    found.forEach(summary -> all.put(summary.id(), summary));
    summaries = all;
    histories.keySet().retainAll(all.keySet());
    scanned = System.nanoTime();
    return all;
  }

  /**
   * The run with an id.
   *
   * @throws Refusal if there is none
   */
  Summary summary(String id) {
    Summary summary = summaries().get(id);
    if (summary == null) {
      summary = now().get(id); // it may have come just now
    }
    if (summary == null) {
      throw new Refusal(404, "there is no run with this id; reload the list");
    }
    return summary;
  }

  /** What happened in a run. */
  synchronized History history(Summary summary) {
    int points = histories.values().stream().mapToInt(History::points).sum();
    Iterator<History> eldest = histories.values().iterator();
    while (points > MOST_POINTS && eldest.hasNext()) {
      points -= eldest.next().points();
      eldest.remove();
    }
    return histories.computeIfAbsent(summary.id(), _ -> new History(summary.run()));
  }

  /** The id that a run in a folder has, or will have. */
  String id(Path run) {
    return hash(folder.relativize(run).toString());
  }

  /** The first digits of a text's SHA-256. */
  static String hash(String text) {
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8)).substring(0, ID_DIGITS);
  }

  private static void find(Path folder, int depth, List<Path> runs) {
    try {
      for (Path entry : Listing.of(folder)) {
        if (!Files.isDirectory(entry)) {
          continue;
        }
        if (Files.isRegularFile(new Run(entry).experiment())) {
          runs.add(entry);
        } else if (depth > 1) {
          find(entry, depth - 1, runs);
        }
      }
    } catch (IOException e) {
      // no folder yet, or none that may be read: no runs in it
    }
  }
}
