package dev.crema.train;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a network said about each image of a set, in the set's order: enough to compare two networks
 * image by image, and to ask whether they are as sure as they may be.
 */
public final class Predictions {
  private final byte[] labels;
  private final long[] classes;
  private final float[] confidences;

  /**
   * Holds the arrays themselves.
   *
   * @param labels the right class of each image, as an unsigned byte
   * @param classes the class that the network holds for the likeliest, the first of equals
   * @param confidences how likely, from 0 to 1
   */
  public Predictions(byte[] labels, long[] classes, float[] confidences) {
    if (classes.length != labels.length || confidences.length != labels.length) {
      throw new IllegalArgumentException(
          "expected as many of each, got %s labels, %s classes, %s confidences"
              .formatted(labels.length, classes.length, confidences.length));
    }
    for (int i = 0; i < classes.length; i++) {
      if (classes[i] < 0 || classes[i] > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "image %s has class %s, expected 0 ... %s".formatted(i, classes[i], Integer.MAX_VALUE));
      }
    }
    this.labels = labels;
    this.classes = classes;
    this.confidences = confidences;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws CheckpointException if the file is damaged or something else
   */
  public static Predictions read(Path file) {
    Map<String, Tensor> tensors = Safetensors.read(file).tensors();
    if (tensors.get("labels") instanceof Tensor.Bytes(var _, var labels)
        && tensors.get("classes") instanceof Tensor.Longs(var _, var classes)
        && tensors.get("confidences") instanceof Tensor.Floats(var _, var confidences)
        && classes.length == labels.length
        && confidences.length == labels.length) {
      try {
        return new Predictions(labels, classes, confidences);
      } catch (IllegalArgumentException e) {
        throw new CheckpointException(file, e.getMessage() + "; test the run anew", e);
      }
    }
    throw new CheckpointException(
        file,
        "expected `labels`, `classes` and `confidences` of one length, got %s; test the run anew"
            .formatted(tensors));
  }

  /**
   * Writes a safetensors file, whole or not at all: {@code labels} as U8, {@code classes} as I64
   * and {@code confidences} as F32, one number per image.
   *
   * @throws CheckpointException if it cannot be written
   */
  public void write(Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("labels", new Tensor.Bytes(List.of(labels.length), labels));
    tensors.put("classes", new Tensor.Longs(List.of(classes.length), classes));
    tensors.put("confidences", Tensor.of(confidences, confidences.length));
    Safetensors.write(file, tensors, Map.of());
  }

  /** How many images there are. */
  public int count() {
    return labels.length;
  }

  /** The right class of an image. */
  public int label(int image) {
    return Byte.toUnsignedInt(labels[image]);
  }

  /** Whether these are of images with the same classes in the same order as the others. */
  public boolean hasLabelsOf(Predictions others) {
    return Arrays.equals(labels, others.labels);
  }

  /** The class that the network holds for the likeliest. */
  public int predicted(int image) {
    return Math.toIntExact(classes[image]);
  }

  /** How likely the network holds its class, from 0 to 1. */
  public double confidence(int image) {
    return confidences[image];
  }

  /** Whether the network is right. */
  public boolean isCorrect(int image) {
    return predicted(image) == label(image);
  }
}
