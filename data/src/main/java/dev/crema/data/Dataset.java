package dev.crema.data;

import java.util.List;

/**
 * A named set of training and test images of the same size and classes.
 *
 * @param name what reports call it
 * @param classes the name of class 0, 1, ...
 * @param train the images to learn from (and to split validation images off)
 * @param test the images for the final figure
 */
public record Dataset(String name, List<String> classes, Images train, Images test) {
  /**
   * @throws DataException when the parts differ in image size or number of classes
   */
  public Dataset {
    classes = List.copyOf(classes);
    if (train.classes() != classes.size() || test.classes() != classes.size()) {
      throw new DataException(
          "%s: expected %s classes in both parts, got %s in train and %s in test"
              .formatted(name, classes.size(), train.classes(), test.classes()));
    }
    if (train.channels() != test.channels()
        || train.height() != test.height()
        || train.width() != test.width()) {
      throw new DataException(
          "%s: expected images of one size, got train: %s; test: %s".formatted(name, train, test));
    }
  }
}
