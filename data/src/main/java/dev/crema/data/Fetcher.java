package dev.crema.data;

import dev.crema.data.KnownDataset.KnownFile;
import dev.crema.engine.Listing;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
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
 */
public final class Fetcher {
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
    List<String> failures = new ArrayList<>();
    for (Source source : sources) {
      if (!wanted.isEmpty()) {
        ask(source, known, folder, wanted, failures);
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
    progress.accept(known.name() + " is in " + folder);
    return folder;
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
      Source source, KnownDataset known, Path folder, Set<IdxPart> wanted, List<String> failures) {
    progress.accept(known.name() + ": trying " + source);
    try (Workspace workspace = new Workspace()) {
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
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataException(known.name() + ": fetching was interrupted", e);
    }
  }

  /**
   * A file of the cache is the old one or the whole new one, whatever happens meanwhile.
   *
   * @throws UncheckedIOException when the disk does not take it: then no other source can help
   */
  private static void install(byte[] content, Path folder, String name) {
    Path file = folder.resolve(name);
    try {
      Path temporary = Files.createTempFile(folder, "." + name + ".", ".tmp");
      try {
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
          Channels.newOutputStream(channel).write(content);
          channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw DiskFault.inCache(file, e);
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
      throw new IOException(file + " is damaged, or cannot be read: " + e, e);
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

    Workspace() {
      try {
        folder = Files.createTempDirectory("crema-fetch-");
      } catch (IOException e) {
        throw DiskFault.inWorkspace(Path.of(System.getProperty("java.io.tmpdir")), e);
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
