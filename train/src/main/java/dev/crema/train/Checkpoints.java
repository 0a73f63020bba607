package dev.crema.train;

import dev.crema.engine.Listing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checkpoints of one run: the last two, should one be damaged, and the weights of the best
 * epoch and of the end, which are the best ones where the best are kept.
 *
 * @param folder where they are
 */
public record Checkpoints(Path folder) {
  private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{1,18})\\.safetensors");

  private record Numbered(Path file, long step) {}

  /** The name of the file of a checkpoint. */
  static String name(long step) {
    return "checkpoint-" + step + ".safetensors";
  }

  /**
   * Writes a checkpoint as the newest and deletes all but the one before it.
   *
   * @return its file
   * @throws CheckpointException if it cannot be written; then all others are still there
   */
  public Path save(Checkpoint checkpoint) {
    Path file = folder.resolve(name(checkpoint.step()));
    write(file, checkpoint);
    // Those with more steps are of a future that was given up: a resumed run passed them by.
    List<Numbered> others = newestFirst();
    others.removeIf(other -> other.step == checkpoint.step());
    others.stream()
        .filter(other -> other.step < checkpoint.step())
        .findFirst()
        .ifPresent(others::remove);
    for (Numbered old : others) {
      try {
        Files.deleteIfExists(old.file);
      } catch (IOException e) {
        // It only takes room, and the next save tries again.
      }
    }
    return file;
  }

  /** Where the weights of the best epoch are, if one was kept. */
  public Path best() {
    return folder.resolve("best.safetensors");
  }

  /** Where the weights at the end are, once there. */
  public Path last() {
    return folder.resolve("final.safetensors");
  }

  /** Keeps these weights as the best ones. */
  public Path saveBest(Checkpoint checkpoint) {
    return write(best(), checkpoint.weightsOnly());
  }

  /** Keeps these weights as the final ones. */
  public Path saveLast(Checkpoint checkpoint) {
    return write(last(), checkpoint.weightsOnly());
  }

  /**
   * The newest checkpoint that is whole; empty if none was written yet.
   *
   * @param warning is told of each newer one that is not: its name and what is wrong
   * @throws CheckpointException if there are some, and all are damaged
   */
  public Optional<Checkpoint> latestGood(Consumer<String> warning) {
    List<Numbered> all = newestFirst();
    for (Numbered numbered : all) {
      try {
        return Optional.of(read(numbered.file));
      } catch (CheckpointException e) {
        if (numbered == all.getLast()) {
          throw noneIsWhole(e);
        }
        warning.accept(e.getMessage() + "; going back to the one before");
      }
    }
    return Optional.empty();
  }

  /**
   * The weights to use: those of the end, or else those of the newest checkpoint that is whole;
   * empty if there is none yet. Where those of the end are damaged, the best kept ones are the
   * same.
   *
   * @param warning is told of each damaged file: its name and what is wrong
   * @throws CheckpointException if there are some, and all are damaged
   */
  public Optional<Checkpoint> weights(Consumer<String> warning) {
    refuseLink();
    if (!Files.exists(last())) {
      return latestGood(warning);
    }
    try {
      return Optional.of(read(last()));
    } catch (CheckpointException e) {
      if (Files.exists(best())) {
        warning.accept(e.getMessage() + "; taking the best epoch's weights, which are the same");
        return Optional.of(readOnly(best()));
      }
      if (newestFirst().isEmpty()) {
        throw noneIsWhole(e);
      }
      warning.accept(e.getMessage() + "; taking the newest checkpoint, which has the same weights");
      return latestGood(warning);
    }
  }

  /** Reads the one file that is left. */
  private Checkpoint readOnly(Path file) {
    try {
      return read(file);
    } catch (CheckpointException e) {
      throw noneIsWhole(e);
    }
  }

  private CheckpointException noneIsWhole(CheckpointException last) {
    return new CheckpointException(
        folder,
        "no checkpoint is whole (the last one tried: %s); bring one back from a copy, or train anew"
            .formatted(last.getMessage()),
        last);
  }

  /** The newest checkpoint, whole or not. */
  Optional<Path> newest() {
    return newestFirst().stream().map(Numbered::file).findFirst();
  }

  private void refuseLink() {
    if (Files.isSymbolicLink(folder)) {
      throw new CheckpointException(
          folder,
          "cannot be read: it is a symbolic link, and those are not followed here; put the folder itself in its place");
    }
  }

  /** Reads a file of this folder, and none that a link in it leads to. */
  private static Checkpoint read(Path file) {
    try {
      RegularFile.check(file, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw CheckpointException.refused(file, "cannot be read", e);
    }
    return Checkpoint.read(file);
  }

  private Path write(Path file, Checkpoint checkpoint) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw CheckpointException.refused(folder, "cannot be made", e);
    }
    checkpoint.write(file);
    return file;
  }

  private List<Numbered> newestFirst() {
    List<Numbered> found = new ArrayList<>();
    refuseLink();
    try {
      for (Path file : Listing.of(folder)) {
        Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
        if (name.matches()) {
          found.add(new Numbered(file, Long.parseLong(name.group(1))));
        }
      }
    } catch (NoSuchFileException e) {
      return found; // nothing saved yet
    } catch (IOException e) {
      throw CheckpointException.refused(folder, "cannot be listed", e);
    }
    found.sort(Comparator.comparingLong(Numbered::step).reversed());
    return found;
  }
}
