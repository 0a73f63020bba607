package dev.crema.data;

import dev.crema.data.KnownDataset.KnownFile;
import dev.crema.engine.Listing;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Brings known datasets into Crema's cache, from wherever they may be had.
 *
 * <p>It asks, in this order: the cache itself, a folder that is given, a copy of the system, the
 * dataset's public address, and a package client of the machine. Every file is held to its known
 * SHA-256 before it takes its place in the cache, in one step; a damaged one is named and replaced.
 *
 * <p>One process at a time fetches a dataset, others wait for it. All that is temporary lies in the
 * cache, so the next one to fetch the dataset deletes what a killed process left.
 */
public final class Fetcher {
  private static final String TEMPORARY = ".tmp";

  private final Path cache;
  private final Consumer<String> progress;

  /**
   * @param progress takes one line for each thing that happens
   */
  public Fetcher(Consumer<String> progress) {
    this(Datasets.cache(), progress);
  }

  /**
   * @param cache the folder of all datasets, instead of {@link Datasets#cache()}
   * @param progress takes one line for each thing that happens
   */
  public Fetcher(Path cache, Consumer<String> progress) {
    this.cache = cache;
    this.progress = progress;
  }

  /**
   * Makes sure that a known dataset is in the cache, whole, and gives its folder there.
   *
   * @throws DataException when no dataset has this name, or no source could help; it says what was
   *     tried and why each failed
   * @throws UncheckedIOException when the cache cannot be made, or cannot be written
   */
  public Path fetch(String name) {
    KnownDataset known = Datasets.known(name);
    return fetch(known, known.sources());
  }

  /** As {@link #fetch(String)}, but asks the folder {@code from} before the other sources. */
  public Path fetch(String name, Path from) {
    KnownDataset known = Datasets.known(name);
    List<Source> sources = new ArrayList<>();
    sources.add(new Source.Folder(from));
    sources.addAll(known.sources());
    return fetch(known, sources);
  }

  Path fetch(KnownDataset known, List<Source> sources) {
    Path folder = cache.resolve(known.name());
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder + ": this folder cannot be made: " + e + "; set CREMA_CACHE to another place", e);
    }
    Set<IdxPart> wanted = missing(known, folder);
    if (!wanted.isEmpty()) {
      fetch(known, sources, folder, wanted);
    }
    progress.accept(known.name() + " is in " + folder);
    return folder;
  }

  private void fetch(KnownDataset known, List<Source> sources, Path folder, Set<IdxPart> missing) {
    Path lock = cache.resolve("." + known.name() + ".lock");
    try (FolderLock held =
        FolderLock.take(
            lock, () -> progress.accept(known.name() + ": another process fetches it; waiting"))) {
      deleteLeftovers(folder);
      askAll(sources, known, folder, held.hasWaited() ? missing(known, folder) : missing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataException(known.name() + ": fetching was interrupted", e);
    } catch (IOException e) {
      throw DiskFault.inCache(lock, e);
    }
  }

  private void askAll(List<Source> sources, KnownDataset known, Path folder, Set<IdxPart> wanted)
      throws InterruptedException {
    List<String> failures = new ArrayList<>();
    for (Source source : sources) {
      if (!wanted.isEmpty()) {
        ask(source, known, folder, wanted, failures);
      }
      if (Thread.interrupted()) { // which reading a file does not say
        throw new InterruptedException();
      }
    }
    if (!wanted.isEmpty()) {
      throw new DataException(
          "%s: could not be fetched. Tried:%s%nOr put the files %s (or with .gz) into a folder yourself"
                  .formatted(
                      known.name(),
                      String.join("", failures.stream().map(f -> "%n- ".formatted() + f).toList()),
                      String.join(", ", wanted.stream().map(IdxPart::fileName).toList()))
              + ", and name it as the folder to fetch from.");
    }
  }

  private Set<IdxPart> missing(KnownDataset known, Path folder) {
    Set<IdxPart> missing = EnumSet.noneOf(IdxPart.class);
    for (IdxPart part : IdxPart.values()) {
      try {
        var file = part.in(folder);
        if (file.isEmpty()) {
          missing.add(part);
        } else {
          read(file.get(), known.file(part));
        }
      } catch (IOException e) {
        progress.accept(e.getMessage() + "; fetching it again");
        missing.add(part);
      }
    }
    return missing;
  }

  /** Takes from one source whatever it has, and out of {@code wanted} whatever is then there. */
  private void ask(
      Source source, KnownDataset known, Path folder, Set<IdxPart> wanted, List<String> failures)
      throws InterruptedException {
    progress.accept(known.name() + ": trying " + source);
    try (Workspace workspace = new Workspace(folder)) {
      Path offered = source.provide(EnumSet.copyOf(wanted), workspace.folder);
      for (IdxPart part : EnumSet.copyOf(wanted)) {
        Path file =
            part.in(offered).orElseThrow(() -> new IOException("it has no " + part.fileName()));
        install(read(file, known.file(part)), folder, part.fileName());
        wanted.remove(part);
      }
    } catch (IOException e) {
      String failure = source + ": " + e.getMessage();
      progress.accept("  failed: " + e.getMessage());
      failures.add(failure);
    }
  }

  /**
   * A file of the cache is the old one or the whole new one, whatever happens meanwhile.
   *
   * @throws UncheckedIOException when the disk does not take it: then no other source can help
   */
  private static void install(byte[] content, Path folder, String name) {
    Path file = folder.resolve(name);
    Path temporary = folder.resolve("." + name + TEMPORARY);
    try {
      try {
        // not a channel: it would be closed by the interrupt that ends a fetch
        try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
          out.write(content);
          out.getFD().sync();
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw DiskFault.inCache(file, e);
    }
  }

  /** Deletes what killed processes left; nobody else may be fetching. */
  private static void deleteLeftovers(Path folder) throws IOException {
    new Workspace(folder).close();
    for (Path file : Listing.of(folder, ".*" + TEMPORARY)) {
      Files.delete(file);
    }
  }

  /** The uncompressed content; it fails unless it is the known one. */
  private static byte[] read(Path file, KnownFile known) throws IOException {
    byte[] content = new byte[Math.toIntExact(known.bytes())];
    int bytes;
    boolean more;
    try (InputStream in = Idx.open(file)) {
      bytes = in.readNBytes(content, 0, content.length);
      more = in.read() >= 0; // one byte more than known is enough to see that it is another file
    } catch (IOException e) {
      throw new IOException(file + " is damaged, or cannot be read: " + FileErrors.reason(e), e);
    }
    MessageDigest digest = Sha256.start();
    digest.update(content, 0, bytes);
    String sha256 = Sha256.text(digest);
    if (more || !sha256.equals(known.sha256())) {
      throw new IOException(
          "%s is damaged, or another file: expected %s bytes with SHA-256 %s, got %s with %s"
              .formatted(
                  file,
                  known.bytes(),
                  known.sha256(),
                  more ? "more" : Integer.toString(bytes),
                  sha256));
    }
    return content;
  }

  /** A folder for what a source downloads, removed with all that is in it. */
  private static final class Workspace implements AutoCloseable {
    private final Path folder;

    /** Makes the folder beside that of the dataset, unless it is there. */
    Workspace(Path dataset) {
      folder = dataset.resolveSibling("." + dataset.getFileName() + ".fetch");
      try {
        Files.createDirectories(folder);
      } catch (IOException e) {
        throw DiskFault.inCache(folder, e);
      }
    }

    @Override
    public void close() throws IOException {
      delete(folder);
    }

    private static void delete(Path path) throws IOException {
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        for (Path entry : Listing.of(path)) {
          delete(entry);
        }
      }
      Files.deleteIfExists(path);
    }
  }
}
