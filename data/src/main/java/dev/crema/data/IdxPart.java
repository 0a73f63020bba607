package dev.crema.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The four files of a dataset in IDX form, and the names that they go by. */
enum IdxPart {
  TRAIN_IMAGES(List.of("train"), "images", List.of("idx3", "idx4")),
  TRAIN_LABELS(List.of("train"), "labels", List.of("idx1")),
  TEST_IMAGES(List.of("t10k", "test"), "images", List.of("idx3", "idx4")),
  TEST_LABELS(List.of("t10k", "test"), "labels", List.of("idx1"));

  private final List<String> sets;
  private final String content;
  private final List<String> forms;

  IdxPart(List<String> sets, String content, List<String> forms) {
    this.sets = sets;
    this.content = content;
    this.forms = forms;
  }

  /** The name that the publishers of MNIST gave it, such as {@code train-images-idx3-ubyte}. */
  String fileName() {
    return sets.getFirst() + "-" + content + "-" + forms.getFirst() + "-ubyte";
  }

  /** This part in a folder, plain rather than compressed; people write the name in several ways. */
  Optional<Path> in(Path folder) {
    for (String set : sets) {
      for (String form : forms) {
        for (char joint : new char[] {'-', '.'}) {
          for (String end : List.of("", ".gz")) {
            Path file = folder.resolve(set + "-" + content + joint + form + "-ubyte" + end);
            if (Files.isRegularFile(file)) {
              return Optional.of(file);
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  static boolean allIn(Path folder) {
    for (IdxPart part : values()) {
      if (part.in(folder).isEmpty()) {
        return false;
      }
    }
    return true;
  }
}
