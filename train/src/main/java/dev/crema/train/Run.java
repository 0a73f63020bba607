package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.crema.data.DataException;
import dev.crema.data.Dataset;
import dev.crema.engine.Lanes;
import dev.crema.engine.Listing;
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
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
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
 * <p>Immutable: any number of threads and processes may read a run, also while it is trained. Who
 * writes into it holds its {@link #lock}, which one thread of one process has at a time.
 *
 * @param folder the directory
 */
public record Run(Path folder) {
  private static final String LOCK = ".lock";

  /** In UTC, so that runs sort by their names as they began, wherever and whenever that was. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** So much of the end of a log holds the event of its end. */
  private static final long LAST_EVENTS_BYTES = 1 << 16;

  /**
   * A new name below a folder, {@code <time>-<net>-<seed>}, the time in UTC; nothing is made.
   *
   * @param parent where runs are kept
   * @param start when the run begins
   */
  public static Path name(Path parent, Instant start, String net, long seed) {
    String name =
        "%s-%s-%s".formatted(TIME.format(start), net.replaceAll("[^A-Za-z0-9._-]", "_"), seed);
    Path folder = parent.resolve(name);
    for (int i = 2; Files.exists(folder); i++) {
      folder = parent.resolve(name + "-" + i);
    }
    return folder;
  }

  /**
   * Makes the directory of a new run. If it cannot be written, all that was made is deleted.
   *
   * @param folder a path where nothing is, or a directory that is empty, or holds nothing but what
   *     a process left that was killed in here
   * @throws ConfigurationException if something else is there already
   * @throws CheckpointException if it cannot be written
   */
  public static Run create(Path folder, Experiment experiment) {
    Run run = new Run(folder);
    boolean isNew = run.makeFolder();
    run.refuseUsedFolder(experiment); // before the lock: a folder of something else is left as is
    try (Lock _ = run.lock()) {
      run.refuseUsedFolder(experiment);
      try {
        AtomicFile.write(run.environmentFile(), Json.pretty(Environment.describe()));
        experiment
            .source()
            .ifPresent(java -> AtomicFile.write(folder.resolve(java.file()), java.text()));
        // The last of all: a directory with an experiment is a run.
        AtomicFile.write(run.experiment(), experiment.text());
      } catch (CheckpointException e) {
        run.delete(experiment, isNew);
        throw e;
      }
    }
    return run;
  }

  /** Makes the directory; true if there was none. */
  private boolean makeFolder() {
    try {
      if (Files.isDirectory(folder)) {
        return false;
      }
      if (Files.exists(folder)) {
        throw new ConfigurationException(
            folder + ": expected a directory for the run, but it is a file; choose another");
      }
      Files.createDirectories(folder);
      return true;
    } catch (IOException e) {
      throw CheckpointException.refused(folder, "cannot be made", e);
    }
  }

  /** Deletes what is there of a run that is none yet, while this process has its lock. */
  private void delete(Experiment experiment, boolean withFolder) {
    List<Path> files = new ArrayList<>();
    files.add(environmentFile());
    experiment.source().ifPresent(java -> files.add(folder.resolve(java.file())));
    if (withFolder) {
      files.addAll(List.of(folder.resolve(LOCK), folder));
    }
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // It is in nobody's way: a new run can be made in a folder with it.
      }
    }
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
    return json(environmentFile()).orElse(Map.of());
  }

  /**
   * A warning if this machine's vectors have another width than those that the run began with: sums
   * then have another order, and results other last bits. Runs of older versions do not say.
   *
   * @throws CheckpointException if the file is damaged
   */
  public Optional<String> otherVectors() {
    return Optional.ofNullable(environment().get("lanes"))
        .filter(lanes -> !lanes.toString().equals(String.valueOf(Lanes.COUNT)))
        .map(lanes ->
            "%s: trained with vectors of %s lanes, and this machine has %s: results may differ from it in their last bits"
                .formatted(folder, lanes, Lanes.COUNT));
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
          "%s; the file is damaged: delete it to go on with the data as they are now"
              .formatted(e.getMessage()),
          e);
    }
  }

  /**
   * What the network takes and gives: as the run notes it or, where an older version made the run,
   * as its data says.
   *
   * @param feed its experiment's
   * @param data loads a data set by its name or folder; asked only if the run does not say
   * @throws DataException if the run does not say, and its data cannot be loaded
   * @throws CheckpointException if the file is damaged
   */
  public Signature signature(Feed feed, Function<String, Dataset> data) {
    Optional<Signature> noted = data().flatMap(DataNote::signature);
    if (noted.isPresent()) {
      return noted.get();
    }
    try {
      return Signature.of(feed, data.apply(feed.data()));
    } catch (DataException e) {
      throw new DataException(
          "%s: an older version of Crema trained this run and did not keep its image size and class names; they come from its data, which cannot be loaded: %s; bring that data back"
              .formatted(folder, e.getMessage()),
          e.getCause() == null ? e : e.getCause());
    }
  }

  /**
   * The weights to use: of its end, or of its newest whole checkpoint if it has not come to its
   * end.
   *
   * @param warning is told of each damaged file: its name and what is wrong
   * @throws ConfigurationException if there are none yet
   * @throws CheckpointException if there are none any more, or all are damaged
   */
  public Checkpoint weights(Consumer<String> warning) {
    return checkpoints().weights(warning).orElseThrow(this::noWeights);
  }

  private RuntimeException noWeights() {
    return isFinished()
        ? new CheckpointException(
            checkpoints().folder(),
            "expected the weights of a training that has come to its end, but they are gone; bring final.safetensors back from a copy, or train anew")
        : new ConfigurationException(
            folder
                + ": expected weights, but its training has saved none yet; continue it with: crema resume "
                + folder);
  }

  /** The files in which one sees, by their sizes and times, that something happened to it. */
  public List<Path> signs() {
    return List.of(events(), experiment(), resultsFile(), tagsFile());
  }

  private Path tagsFile() {
    return folder.resolve("tags.json");
  }

  private Path environmentFile() {
    return folder.resolve("environment.json");
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
          "expected one JSON object: %s, line %s; the file is damaged"
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

  private void refuseUsedFolder(Experiment experiment) {
    try {
      for (Path entry : Listing.of(folder)) {
        if (!isUnfinished(entry, experiment)) {
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

  /** Whether a file may be what a process left that was killed while it made this run. */
  private boolean isUnfinished(Path entry, Experiment experiment) {
    boolean isSource =
        Files.exists(environmentFile()) // which is written first
            && experiment.source().filter(java -> entry.endsWith(java.file())).isPresent();
    return !Files.exists(experiment())
        && (entry.endsWith(LOCK)
            || entry.equals(environmentFile())
            || isSource
            || AtomicFile.isLeftover(entry));
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
