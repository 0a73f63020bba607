package dev.crema.data;

import dev.crema.data.Idx.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds and loads datasets: those that Crema knows by name, and folders of one's own data.
 *
 * <p>A folder holds the four files of MNIST's naming, {@code train-images-idx3-ubyte}, {@code
 * train-labels-idx1-ubyte}, {@code t10k-images-idx3-ubyte} and {@code t10k-labels-idx1-ubyte}, each
 * plain or with {@code .gz}; it may hold {@code classes.txt}, one class name a line.
 */
public final class Datasets {
  private static final String CLASSES_FILE = "classes.txt";
  private static final int MAX_CLASSES_BYTES = 1 << 16;

  private Datasets() {}

  /** The names of the known datasets. */
  public static List<String> names() {
    return KnownDataset.ALL.stream().map(KnownDataset::name).toList();
  }

  /** Clothes of ten kinds, 28 x 28, grey (Xiao, Rasul and Vollgraf, 2017). */
  public static Dataset fashionMnist() {
    return load("fashion-mnist");
  }

  /** Handwritten digits, 28 x 28, grey (LeCun, Cortes and Burges, 1998). */
  public static Dataset mnist() {
    return load("mnist");
  }

  /**
   * Loads a known dataset, or the dataset in a folder.
   *
   * @throws DataException when there is no such name or folder, a known dataset is not on this
   *     machine yet, or a file is not what it should be
   */
  public static Dataset load(String nameOrFolder) {
    return load(nameOrFolder, cache());
  }

  /**
   * Where a known dataset lies on this machine: in Crema's cache or in a folder of the system.
   *
   * @throws DataException when no dataset has this name
   */
  public static Optional<Path> locate(String name) {
    return locate(known(name), cache());
  }

  /**
   * The folder of Crema's copies, one folder per dataset: {@code datasets} in {@code $CREMA_CACHE},
   * or else in {@code crema} in the user's cache folder.
   */
  public static Path cache() {
    return cache(System::getenv, Path.of(System.getProperty("user.home")));
  }

  static Path cache(Function<String, @Nullable String> environment, Path home) {
    Optional<Path> own = folder(environment, "CREMA_CACHE");
    // the XDG standard says to ignore a relative path
    return own.orElseGet(() ->
            folder(environment, "XDG_CACHE_HOME")
                .filter(Path::isAbsolute)
                .orElse(home.resolve(".cache"))
                .resolve("crema"))
        .resolve("datasets");
  }

  private static Optional<Path> folder(
      Function<String, @Nullable String> environment, String variable) {
    return Optional.ofNullable(environment.apply(variable))
        .filter(value -> !value.isBlank())
        .map(Path::of);
  }

  static Dataset load(String nameOrFolder, Path cache) {
    Optional<KnownDataset> known = KnownDataset.named(nameOrFolder);
    if (known.isPresent()) {
      return load(known.get(), cache);
    }
    if (nameOrFolder.isBlank()) {
      throw unknown("an empty name"); // as a path it would be the working folder
    }
    Path folder;
    try {
      folder = Path.of(nameOrFolder);
    } catch (InvalidPathException e) {
      throw unknown(nameOrFolder);
    }
    if (Files.isDirectory(folder)) {
      return loadFolder(folder);
    }
    throw unknown(nameOrFolder);
  }

  static KnownDataset known(String name) {
    return KnownDataset.named(name).orElseThrow(() -> unknown(name));
  }

  private static DataException unknown(String name) {
    String meant =
        Nearest.nearest(name, names()).map(near -> "; did you mean " + near + "?").orElse("");
    return new DataException(
        "%s: expected the name of a dataset (%s) or a folder of IDX files%s"
            .formatted(name, String.join(", ", names()), meant));
  }

  private static Optional<Path> locate(KnownDataset known, Path cache) {
    Path own = cache.resolve(known.name());
    if (IdxPart.allIn(own)) {
      return Optional.of(own);
    }
    return known.sources().stream()
        .filter(Source.Folder.class::isInstance)
        .map(source -> ((Source.Folder) source).folder())
        .filter(IdxPart::allIn)
        .findFirst();
  }

  static Dataset load(KnownDataset known, Path cache) {
    Path folder =
        locate(known, cache)
            .orElseThrow(() ->
                new DataException(
                    "%s is not on this machine yet (no copy in %s); get it with: crema data fetch %s"
                        .formatted(known.name(), cache.resolve(known.name()), known.name())));
    Contents contents = read(folder);
    for (IdxPart part : IdxPart.values()) {
      Content content = contents.of(part);
      if (content.crc32() != known.file(part).crc32()) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s is damaged, or not the file of %s: expected CRC-32 %08x, got %08x; replace it with: crema data fetch %s",
                content.file(),
                known.name(),
                known.file(part).crc32(),
                content.crc32(),
                known.name()));
      }
    }
    return dataset(known.name(), known.classes(), contents);
  }

  /** A folder needs no known content; but known content gets its name and classes. */
  private static Dataset loadFolder(Path folder) {
    Contents contents = read(folder);
    for (KnownDataset known : KnownDataset.ALL) {
      if (known.files().stream().allMatch(f -> f.crc32() == contents.of(f.part()).crc32())) {
        return dataset(known.name(), known.classes(), contents);
      }
    }
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return dataset(name == null ? "data" : name.toString(), classes(folder, contents), contents);
  }

  private static List<String> classes(Path folder, Contents contents) {
    Path file = folder.resolve(CLASSES_FILE);
    if (!Files.exists(file)) {
      int highest = 0;
      for (Content labels : List.of(contents.trainLabels, contents.testLabels)) {
        for (byte label : labels.bytes()) {
          highest = Math.max(highest, Byte.toUnsignedInt(label));
        }
      }
      return IntStream.rangeClosed(0, highest).mapToObj(Integer::toString).toList();
    }
    try (var in = Files.newInputStream(file)) {
      byte[] text = in.readNBytes(MAX_CLASSES_BYTES + 1);
      List<String> names =
          new String(text, StandardCharsets.UTF_8).strip().lines().map(String::strip).toList();
      if (text.length > MAX_CLASSES_BYTES
          || names.isEmpty()
          || names.size() > 256
          || names.contains("")) {
        throw new DataException(
            "%s: expected 1 to 256 class names, one a line, got %s".formatted(file, names.size()));
      }
      return names;
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + FileErrors.reason(e), e);
    }
  }

  private static Dataset dataset(String name, List<String> classes, Contents contents) {
    return new Dataset(
        name,
        classes,
        Idx.join(contents.trainImages, contents.trainLabels, classes.size()),
        Idx.join(contents.testImages, contents.testLabels, classes.size()));
  }

  private static Contents read(Path folder) {
    Path trainImages = file(IdxPart.TRAIN_IMAGES, folder);
    Path trainLabels = file(IdxPart.TRAIN_LABELS, folder);
    Path testImages = file(IdxPart.TEST_IMAGES, folder);
    Path testLabels = file(IdxPart.TEST_LABELS, folder);
    // the two files of images take nearly all the time, so they are read side by side
    var test = CompletableFuture.supplyAsync(() -> Idx.images(testImages));
    Content train = Idx.images(trainImages);
    try {
      return new Contents(train, Idx.labels(trainLabels), test.join(), Idx.labels(testLabels));
    } catch (CompletionException e) {
      throw e.getCause() instanceof DataException fault ? fault : e;
    }
  }

  private static Path file(IdxPart part, Path folder) {
    return part.in(folder)
        .orElseThrow(() ->
            new DataException(
                "%s: expected the file %s (or with .gz), but there is none"
                    .formatted(folder, part.fileName())));
  }

  private record Contents(
      Content trainImages, Content trainLabels, Content testImages, Content testLabels) {
    Content of(IdxPart part) {
      return switch (part) {
        case TRAIN_IMAGES -> trainImages;
        case TRAIN_LABELS -> trainLabels;
        case TEST_IMAGES -> testImages;
        case TEST_LABELS -> testLabels;
      };
    }
  }
}
