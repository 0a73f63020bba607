package dev.crema.studio.live;

import dev.crema.train.Run;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The trainings that were started from the page, each a process of its own. */
final class Jobs {
  private static final int MOST_RUNNING = 4;
  private static final int MOST_KEPT = 20;
  private static final int LINES = 20;

  /** What each of our JVMs says first, and what is no news to anybody. */
  private static final String OF_THE_JVM = "WARNING: Using incubator modules";

  private final Path folder;
  private final Shelf shelf;
  private final Workshop workshop;
  private final Runnable changed;
  private final Deque<Job> jobs = new ArrayDeque<>();

  /** A process, and the last that it said. */
  private static final class Job {
    private final String run;
    private final String command;
    private final Process process;
    private final Deque<String> output = new ArrayDeque<>();

    Job(String run, String command, Process process) {
      this.run = run;
      this.command = command;
      this.process = process;
    }

    synchronized void said(String line) {
      if (line.startsWith(OF_THE_JVM)) {
        return;
      }
      output.addLast(line);
      if (output.size() > LINES) {
        output.removeFirst();
      }
    }

    synchronized Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("run", run);
      map.put("command", command);
      map.put("running", process.isAlive());
      if (!process.isAlive()) {
        map.put("exit", process.exitValue());
      }
      map.put("output", List.copyOf(output));
      return map;
    }
  }

  /**
   * No jobs yet.
   *
   * @param folder where new runs go
   * @param changed called when a job begins, says something or ends
   */
  Jobs(Path folder, Shelf shelf, Workshop workshop, Runnable changed) {
    this.folder = folder;
    this.shelf = shelf;
    this.workshop = workshop;
    this.changed = changed;
  }

  /** The jobs for JSON, the newest first. */
  synchronized List<Map<String, Object>> list() {
    return jobs.stream().map(Job::toMap).toList();
  }

  /**
   * Starts a training as the page asks for it; returns the id that its run will have.
   *
   * @throws Refusal if it asks for what there is not
   */
  synchronized String train(Map<String, Object> wish) {
    String net =
        known("net", wish.get("net"), workshop.nets())
            .orElseThrow(() -> new Refusal(400, "`net`: expected the name of a network"));
    List<String> arguments = new ArrayList<>(List.of("train", net));
    known("data", wish.get("data"), workshop.datasets())
        .ifPresent(data -> arguments.addAll(List.of("--data", data)));
    for (String key : List.of("epochs", "batch", "limit")) {
      whole(key, wish.get(key), 1, Integer.MAX_VALUE)
          .ifPresent(number -> arguments.addAll(List.of("--" + key, "" + number)));
    }
    long seed = whole("seed", wish.get("seed"), Long.MIN_VALUE, Long.MAX_VALUE).orElse(1L);
    Path run = free(Run.name(folder, Instant.now(), net, seed));
    arguments.addAll(List.of("--seed", "" + seed, "--out", run.toString()));
    return start(shelf.id(run), arguments);
  }

  /** A job that has not made its folder yet has the name all the same. */
  private Path free(Path named) {
    Path run = named;
    for (int i = 2; isTaken(shelf.id(run)); i++) {
      run = named.resolveSibling(named.getFileName() + "-" + i);
    }
    return run;
  }

  private boolean isTaken(String id) {
    return jobs.stream().anyMatch(job -> job.run.equals(id));
  }

  /**
   * Goes on with a run that was stopped.
   *
   * @throws Refusal if it cannot go on
   */
  synchronized String resume(Summary summary) {
    if (summary.isRunning() || "finished".equals(summary.figures().get("status"))) {
      throw new Refusal(
          409, "the run is " + summary.figures().get("status") + ": there is nothing to resume");
    }
    workshop.experiment(summary.run()); // one that needs a Java file is refused here
    return start(summary.id(), List.of("resume", summary.run().folder().toString()));
  }

  /**
   * Asks a training to save and stop, whoever started it.
   *
   * @throws Refusal if it does not run
   */
  void stop(Summary summary) {
    ProcessHandle holder =
        summary
            .run()
            .holder()
            .orElseThrow(
                () -> new Refusal(409, "the run is not training: nothing is to be stopped"));
    holder.destroy();
  }

  private String start(String id, List<String> arguments) {
    if (jobs.stream().filter(job -> job.process.isAlive()).count() >= MOST_RUNNING) {
      throw new Refusal(
          409, MOST_RUNNING + " trainings that were started here run already; stop one first");
    }
    try {
      Job job = new Job(id, "crema " + String.join(" ", arguments), workshop.start(arguments));
      jobs.addFirst(job);
      while (jobs.size() > MOST_KEPT && !jobs.getLast().process.isAlive()) {
        jobs.removeLast();
      }
      Thread.ofVirtual().name("crema-studio-job").start(() -> follow(job));
      changed.run();
      return id;
    } catch (IOException e) {
      throw new Refusal(500, "the training cannot be started: " + e.getMessage());
    }
  }

  private void follow(Job job) {
    try (BufferedReader lines = job.process.inputReader(StandardCharsets.UTF_8)) {
      lines
          .lines()
          .forEach(line -> {
            job.said(line);
            changed.run();
          });
      job.process.waitFor();
    } catch (IOException | UncheckedIOException e) {
      job.said("its output cannot be read: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    changed.run();
  }

  private static Optional<String> known(String key, @Nullable Object value, List<String> names) {
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String name && names.contains(name)) {
      return Optional.of(name);
    }
    throw new Refusal(400, "`" + key + "`: expected one of " + names);
  }

  private static Optional<Long> whole(
      String key, @Nullable Object value, long least, long greatest) {
    if (value == null) {
      return Optional.empty();
    }
    if ((value instanceof Integer || value instanceof Long)
        && ((Number) value).longValue() >= least
        && ((Number) value).longValue() <= greatest) {
      return Optional.of(((Number) value).longValue());
    }
    throw new Refusal(
        400, "`%s`: expected a whole number from %s to %s".formatted(key, least, greatest));
  }
}
