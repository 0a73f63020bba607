package dev.crema.train;

import dev.crema.data.Dataset;
import dev.crema.data.Images;
import java.util.Optional;

/**
 * What a run learned from, to notice when that has changed, and to do without it once the network
 * is trained.
 *
 * @param data the data set's name or folder
 * @param train the images to learn from
 * @param test the images for the final figure
 * @param signature what the network takes and gives; runs of older versions do not say
 */
public record DataNote(String data, Part train, Part test, Optional<Signature> signature) {
  /**
   * Some of its images.
   *
   * @param images how many of what
   * @param sha256 of all that they are
   */
  public record Part(String images, String sha256) {
    static Part of(Images images) {
      return new Part(images.toString(), images.sha256());
    }

    @Override
    public String toString() {
      return images + " with SHA-256 " + sha256;
    }
  }

  /** Looks at all images, which takes a while. */
  public static DataNote of(String data, Dataset dataset) {
    return new DataNote(data, Part.of(dataset.train()), Part.of(dataset.test()), Optional.empty());
  }

  /** The same with what the network takes and gives. */
  DataNote with(Signature signature) {
    return new DataNote(data, train, test, Optional.of(signature));
  }

  /** What is wrong with other data in the place of this, if anything. */
  public Optional<String> fault(DataNote other) {
    return fault("training", train, other.data, other.train)
        .or(() -> fault("test", test, other.data, other.test));
  }

  private static Optional<String> fault(String what, Part expected, String data, Part got) {
    return expected.equals(got)
        ? Optional.empty()
        : Optional.of(
            "the %s data in %s changed since the run began: expected %s, got %s; bring the old files back, or train anew"
                .formatted(what, data, expected, got));
  }
}
