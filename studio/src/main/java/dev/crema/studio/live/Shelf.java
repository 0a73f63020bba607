package dev.crema.studio.live;

import dev.crema.data.Sha256;
import dev.crema.engine.Listing;
import dev.crema.train.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The runs in a folder and in folders of it, each with a number that says nothing of its path. */
final class Shelf {
  private static final int DEPTH = 3;

  /** More files than people keep beside their runs, and looked at in half a second. */
  private static final int MAX_ENTRIES = 100_000;

  private static final int ID_DIGITS = 12;
  private static final long FRESH_NANOS = Duration.ofMillis(500).toNanos();

  /** Points in memory, of 16 bytes and more. */
  private static final int MOST_POINTS = 1 << 22;

  private final Path folder;
  private final int maxEntries;
  private Map<String, Summary> summaries = Map.of();
  private Optional<String> problem = Optional.empty();
  private long scanned = System.nanoTime() - FRESH_NANOS;

  /** The histories that were asked for, the one asked for last at the end. */
  private final Map<String, History> histories = new LinkedHashMap<>(16, 0.75f, true);

  Shelf(Path folder) {
    this(folder, MAX_ENTRIES);
  }

  /**
   * The same.
   *
   * @param maxEntries how many files and folders are looked at, at most
   */
  Shelf(Path folder, int maxEntries) {
    this.folder = folder;
    this.maxEntries = maxEntries;
  }

  /** Reads what is likely to be asked for first: the list, and of the newest run a part. */
  void readAhead() {
    try {
      now().values().stream().findFirst().map(this::history).ifPresent(History::readAhead);
    } catch (RuntimeException | Error e) {
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
    boolean all = find(folder, DEPTH, new AtomicInteger(maxEntries), runs);
    runs.sort(Comparator.naturalOrder()); // folders are listed in any order
    problem =
        all
            ? Optional.empty()
            : Optional.of(
                "%s has more than %s files and folders: runs may be missing here; give a folder that has runs alone"
                    .formatted(folder, maxEntries));
    List<Summary> found =
        runs.parallelStream()
            .map(run -> {
              String id = id(run);
              Summary known = summaries.get(id);
              return known == null ? Summary.of(id, new Run(run)) : known.renewed();
            })
            .sorted(Comparator.comparingLong(Summary::started).reversed())
            .toList();
    Map<String, Summary> byId = new LinkedHashMap<>();
    found.forEach(summary -> byId.put(summary.id(), summary));
    summaries = byId;
    histories.keySet().retainAll(byId.keySet());
    scanned = System.nanoTime();
    return byId;
  }

  /** Why runs may be missing. */
  synchronized Optional<String> problem() {
    return problem;
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

  /**
   * Finds what is called a run. Links to folders are not followed: what they lead to is elsewhere,
   * or found anyway, or without an end.
   *
   * @param left how many files and folders may still be looked at
   * @return false if there are more
   */
  private static boolean find(Path folder, int depth, AtomicInteger left, List<Path> runs) {
    try {
      for (Path entry : Listing.atMost(folder, left.get() + 1L)) { // one more: too many
        if (left.decrementAndGet() < 0) {
          return false;
        }
        if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        if (Files.exists(new Run(entry).experiment(), LinkOption.NOFOLLOW_LINKS)) {
          runs.add(entry);
        } else if (depth > 1 && !find(entry, depth - 1, left, runs)) {
          return false;
        }
      }
    } catch (IOException e) {
      // no folder yet, or none that may be read, or it went away: no runs in it
    }
    return true;
  }
}
