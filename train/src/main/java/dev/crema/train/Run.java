package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A directory that is the whole truth about one training: what was asked ({@code experiment.yaml}),
 * on what it ran ({@code environment.json}), from what it learned ({@code data.json}), what
 * happened ({@code events.jsonl}), what was learned ({@code checkpoints}) and what came out ({@code
 * predictions.safetensors} and {@code results.json}). A network with layers of the user's own
 * leaves its Java file here too, as a record: nothing in a run's directory is ever executed unless
 * the user names it.
 *
 * @param folder the directory
 */
public record Run(Path folder) {
  private static final String LOCK = ".lock";

  /** So much of the end of a log holds the event of its end. */
  private static final long LAST_EVENTS_BYTES = 1 << 16;

  /**
   * A new name below a folder, {@code <time>-<net>-<seed>}; nothing is made.
   *
   * @param parent where runs are kept
   * @param start the local time
   */
  public static Path name(Path parent, LocalDateTime start, String net, long seed) {
    String name =
        "%s-%s-%d"
            .formatted(
                DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").format(start),
                net.replaceAll("[^A-Za-z0-9._-]", "_"),
                seed);
    Path folder = parent.resolve(name);
    for (int i = 2; Files.exists(folder); i++) {
      folder = parent.resolve(name + "-" + i);
    }
    return folder;
  }

  /**
   * Makes the directory of a new run.
   *
   * @param folder a path where nothing is, or an empty directory
   * @throws ConfigurationException if something is there already
   * @throws CheckpointException if it cannot be written
   */
  public static Run create(Path folder, Experiment experiment) {
    Run run = new Run(folder);
    try {
      if (Files.exists(folder) && !Files.isDirectory(folder)) {
        throw new ConfigurationException(
            folder + ": expected a directory for the run, but it is a file; choose another");
      }
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw CheckpointException.refused(folder, "cannot be made", e);
    }
    run.refuseUsedFolder(); // before the lock: a folder of something else is left as it is
    try (Lock _ = run.lock()) {
      run.refuseUsedFolder();
      AtomicFile.write(folder.resolve("environment.json"), Json.pretty(Environment.describe()));
      experiment
          .source()
          .ifPresent(java -> AtomicFile.write(folder.resolve(java.file()), java.text()));
      // The last of all: a directory with an experiment is a run.
      AtomicFile.write(run.experiment(), experiment.text());
    }
    return run;
  }

  /**
   * The run in this directory.
   *
   * @throws ConfigurationException if it is none
   */
  public static Run open(Path folder) {
    Run run = new Run(folder);
    if (!Files.exists(run.experiment(), LinkOption.NOFOLLOW_LINKS)) {
      throw new ConfigurationException(
          folder
              + ": expected the directory of a run, but "
              + (Files.isDirectory(folder) ? "it has no experiment.yaml" : "there is none")
              + "; give the directory that `crema train` named");
    }
    return run;
  }

  /** The experiment file. */
  public Path experiment() {
    return folder.resolve("experiment.yaml");
  }

  /**
   * The text of the experiment file; a link in its place is not followed.
   *
   * @throws ConfigurationException if it cannot be read
   */
  public String experimentText() {
    try {
      return RegularFile.text(experiment(), LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw ConfigurationException.unreadable(experiment(), e);
    }
  }

  /**
   * The top of the experiment file.
   *
   * @throws ConfigurationException if it cannot be read or is not YAML
   */
  public Yaml experimentYaml() {
    return Yaml.parse(experiment().toString(), experimentText());
  }

  /** The log of events, for {@link EventLog}. */
  public Path events() {
    return folder.resolve("events.jsonl");
  }

  /** Where {@link #readPredictions} finds what the trained network says about each test image. */
  public Path predictions() {
    return folder.resolve("predictions.safetensors");
  }

  /**
   * What the trained network says about each test image; empty if the training has not come to its
   * end, or a version of Crema trained it that did not keep that.
   *
   * @throws CheckpointException if the file is damaged
   */
  public Optional<Predictions> readPredictions() {
    if (!Files.exists(predictions(), LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      RegularFile.check(predictions(), LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw CheckpointException.refused(predictions(), "cannot be read", e);
    }
    return Optional.of(Predictions.read(predictions()));
  }

  /** The folder of the files for TensorBoard, which are there if they were asked for. */
  public Path tensorboard() {
    return folder.resolve("tensorboard");
  }

  /** Its checkpoints. */
  public Checkpoints checkpoints() {
    return new Checkpoints(folder.resolve("checkpoints"));
  }

  /**
   * Writes what came out, whole or not at all.
   *
   * @param results numbers, strings, and lists and maps of them, by name
   * @throws CheckpointException if it cannot be written
   */
  public void writeResults(Map<String, ?> results) {
    AtomicFile.write(resultsFile(), Json.pretty(results));
  }

  /** Whether the training came to its end. */
  public boolean isFinished() {
    return Files.exists(resultsFile(), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Whether the training ended with numbers that are not finite. It would again: the same seed
   * gives the same bits. Of a log that is damaged nobody knows; who resumes the training mends it.
   */
  public boolean hasDiverged() {
    try {
      AtomicReference<Optional<Event>> last = new AtomicReference<>(Optional.empty());
      EventReader.ofEnd(events(), LAST_EVENTS_BYTES)
          .read(entry -> last.set(Optional.of(entry.event())));
      return last.get().filter(Event.Diverged.class::isInstance).isPresent();
    } catch (CheckpointException e) {
      return false;
    }
  }

  /**
   * What came out, once the training is over.
   *
   * @throws CheckpointException if the file is damaged; without it, the training can be resumed,
   *     and writes it again
   */
  public Optional<Map<String, Object>> results() {
    try {
      return json(resultsFile());
    } catch (CheckpointException e) {
      throw new CheckpointException(
          folder,
          "its results cannot be read (%s); delete that file, and `crema resume %s` writes it again"
              .formatted(e.getMessage(), folder),
          e);
    }
  }

  /**
   * A number of its results.
   *
   * @throws CheckpointException if there is none of this name, or the file is damaged
   */
  public double result(String name) {
    return result(results().orElse(Map.of()), name);
  }

  /**
   * The same, of {@link #results} that were read already.
   *
   * @throws CheckpointException if there is none of this name
   */
  public double result(Map<String, Object> results, String name) {
    Object value = results.getOrDefault(name, "none");
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw new CheckpointException(
        folder,
        "expected a number `%s` in results.json, got %s; delete that file, and `crema resume %s` writes it again"
            .formatted(name, value, folder));
  }

  /**
   * What the run was made with and on.
   *
   * @throws CheckpointException if the file is damaged
   */
  public Map<String, Object> environment() {
    return json(folder.resolve("environment.json")).orElse(Map.of());
  }

  /**
   * The same for people to read: without the fractions of seconds, and with units.
   *
   * @throws CheckpointException if the file is damaged
   */
  public Map<String, String> environmentInWords() {
    return Environment.inWords(environment());
  }

  /**
   * What its seconds depend on, in words: the versions, the processor and the threads.
   *
   * @throws CheckpointException if a file is damaged
   */
  public String machine() {
    Map<String, Object> environment = environment();
    Stream<String> facts =
        Stream.of("crema", "java", "cpus", "cpu")
            .filter(environment::containsKey)
            .map(fact -> fact + " " + environment.get(fact));
    Stream<String> threads =
        results().map(results -> results.get("threads")).stream().map(n -> n + " threads");
    return Stream.concat(facts, threads).collect(Collectors.joining(", "));
  }

  /**
   * Notes what the run learns from.
   *
   * @throws CheckpointException if it cannot be written
   */
  void writeData(DataNote note) {
    AtomicFile.write(dataFile(), Json.pretty(json -> RecordMaps.write(note, json)));
  }

  /**
   * What the run learns from; runs of older versions do not say.
   *
   * @throws CheckpointException if the file is damaged
   */
  public Optional<DataNote> data() {
    try {
      return json(dataFile()).map(map -> RecordMaps.fromMap(DataNote.class, map));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          dataFile(),
          "%s; the file is damaged: delete it to resume with the data as they are now"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** The files in which one sees, by their sizes and times, that something happened to it. */
  public List<Path> signs() {
    return List.of(events(), experiment(), resultsFile(), tagsFile());
  }

  private Path tagsFile() {
    return folder.resolve("tags.json");
  }

  private Path dataFile() {
    return folder.resolve("data.json");
  }

  private Path resultsFile() {
    return folder.resolve("results.json");
  }

  private static Optional<Map<String, Object>> json(Path file) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.object(RegularFile.text(file, LinkOption.NOFOLLOW_LINKS)));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          file,
          "expected one JSON object: %s, line %d; the file is damaged"
              .formatted(
                  e.getOriginalMessage(),
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    } catch (IOException e) {
      throw CheckpointException.refused(file, "cannot be read", e);
    }
  }

  /**
   * Words that the user gave the run.
   *
   * @throws CheckpointException if the file is damaged
   */
  public List<String> tags() {
    Object tags = json(tagsFile()).orElse(Map.of()).get("tags");
    return tags instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
  }

  /**
   * Gives the run other tags; nothing of its training depends on them.
   *
   * @throws CheckpointException if they cannot be written
   */
  public void writeTags(List<String> tags) {
    AtomicFile.write(tagsFile(), Json.pretty(Map.of("tags", tags)));
  }

  private void refuseUsedFolder() {
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (!entry.endsWith(LOCK)) {
          throw new ConfigurationException(
              folder
                  + (Files.exists(experiment())
                      ? ": holds a run already; continue it with `crema resume "
                          + folder
                          + "`, or choose another directory"
                      : ": expected an empty directory, but it holds `"
                          + entry.getFileName()
                          + "`; choose another"));
        }
      }
    } catch (IOException e) {
      throw CheckpointException.refused(folder, "cannot be listed", e);
    }
  }

  /**
   * Takes the run for this process, and clears what a killed one left behind. The system frees it
   * when the process ends, however that happens.
   *
   * @throws ConfigurationException if another process has it
   * @throws CheckpointException if the lock cannot be made
   */
  public Lock lock() {
    Path file = folder.resolve(LOCK);
    try {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        RegularFile.check(file, LinkOption.NOFOLLOW_LINKS); // or another file would be emptied
      }
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      if (!tryLock(channel)) {
        channel.close();
        throw new ConfigurationException(
            folder + ": another process trains this run; wait for it, or stop it and resume");
      }
      AtomicFile.deleteLeftovers(folder);
      if (Files.isDirectory(checkpoints().folder(), LinkOption.NOFOLLOW_LINKS)) {
        AtomicFile.deleteLeftovers(checkpoints().folder());
      }
      note(channel, ProcessHandle.current());
      return new Lock(channel);
    } catch (IOException e) {
      throw CheckpointException.refused(file, "cannot be locked", e);
    }
  }

  /**
   * Says in the lock's file who has it: the process, and when it began, should its number return.
   */
  private static void note(FileChannel channel, ProcessHandle holder) {
    try {
      String text = holder.pid() + " " + started(holder);
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      // A full disk: the lock holds all the same, and only those who watch do not see who has it.
    }
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** The process of this machine that trains the run now, if one does; the lock is left alone. */
  public Optional<ProcessHandle> holder() {
    try {
      String text = RegularFile.text(folder.resolve(LOCK), LinkOption.NOFOLLOW_LINKS);
      String[] words = text.split(" ", 3);
      return words.length == 2
          ? ProcessHandle.of(Long.parseLong(words[0]))
              .filter(process -> process.isAlive() && words[1].equals("" + started(process)))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty(); // nobody ever had it, or not by a version that says so
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // this very process has it
    }
  }

  /** The right to write into a run, until it is closed. */
  public static final class Lock implements AutoCloseable {
    private final FileChannel channel;

    private Lock(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void close() {
      try (channel) {
        channel.truncate(0);
      } catch (IOException e) {
        // The end of the process frees it at the latest.
      }
    }
  }
}
