package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that changes while training, at one place of it: a training that goes on from here gives the
 * same bits as one that was never interrupted.
 *
 * <p>In its file the weights have their plain names, so that any reader of safetensors can use
 * them; the optimiser's tensors are called {@code optimizer.<slot>.<weight>}, and the rest is one
 * JSON object in the metadata, {@code crema}. There is no other random state than the seed, as
 * {@link dev.crema.engine.Key} makes randomness of it and the place.
 *
 * @param epoch the number of whole epochs done
 * @param stepInEpoch the steps done of the next one
 * @param step the steps done in all
 * @param seed what all randomness comes from
 * @param weights parameters and running statistics by name, such as {@code 0.weight}
 * @param slots the optimiser's tensors by slot, then by weight
 * @param progress other numbers that the training needs, such as the best accuracy so far and the
 *     sums of the epoch; kept to the bit
 */
public record Checkpoint(
    int epoch,
    long stepInEpoch,
    long step,
    long seed,
    Map<String, Tensor> weights,
    Map<String, Map<String, Tensor>> slots,
    Map<String, Double> progress) {
  private static final String STATE = "crema";
  private static final String SLOT_PREFIX = "optimizer.";

  /** The format's number; a reader refuses later ones and must keep reading the earlier. */
  private static final long FORMAT = 1;

  public Checkpoint {
    if (epoch < 0 || stepInEpoch < 0 || step < stepInEpoch) {
      throw new IllegalArgumentException(
          "no place of a training: epoch "
              + epoch
              + ", step in it "
              + stepInEpoch
              + ", step in all "
              + step);
    }
    weights = copy(weights);
    Map<String, Map<String, Tensor>> copies = new LinkedHashMap<>();
    slots.forEach((slot, tensors) -> copies.put(slot, copy(tensors)));
    slots = copy(copies);
    progress = copy(progress);
    for (String name : weights.keySet()) {
      if (name.startsWith(SLOT_PREFIX)) {
        throw new IllegalArgumentException(
            "the weight `" + name + "` has a name of the optimiser's; name its layer otherwise");
      }
    }
    for (var slot : slots.entrySet()) {
      if (slot.getKey().isEmpty() || slot.getKey().contains(".")) {
        throw new IllegalArgumentException("a slot's name has no dot, got `" + slot.getKey() + "`");
      }
      for (var tensor : slot.getValue().entrySet()) {
        Tensor weight = weights.get(tensor.getKey());
        if (weight == null || !weight.shape().equals(tensor.getValue().shape())) {
          throw new IllegalArgumentException(
              "the slot `%s` of `%s` has shape %s, its weight has %s"
                  .formatted(
                      slot.getKey(),
                      tensor.getKey(),
                      tensor.getValue().shape(),
                      weight == null ? "none" : weight.shape()));
        }
      }
    }
  }

  /**
   * The weights alone: enough to use the network, not to train on. They have no times in them, so
   * equal trainings make equal files.
   */
  public Checkpoint weightsOnly() {
    return new Checkpoint(epoch, stepInEpoch, step, seed, weights, Map.of(), Map.of());
  }

  /**
   * Writes it whole or not at all.
   *
   * @throws CheckpointException if it cannot be written
   */
  public void write(Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>(weights);
    slots.forEach((slot, of) ->
        of.forEach((name, tensor) -> tensors.put(SLOT_PREFIX + slot + "." + name, tensor)));
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("format", FORMAT);
    state.put("epoch", epoch);
    state.put("step_in_epoch", stepInEpoch);
    state.put("step", step);
    state.put("seed", seed);
    Map<String, String> exact = new LinkedHashMap<>();
    progress.forEach((name, value) -> exact.put(name, Double.toHexString(value)));
    state.put("progress", exact);
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "pt"); // some libraries of the PyTorch world insist on it
    metadata.put(STATE, Json.line(state));
    Safetensors.write(file, tensors, metadata);
  }

  /**
   * Reads it.
   *
   * @throws CheckpointException if the file cannot be read, or any byte of it is not as it was
   *     written
   */
  public static Checkpoint read(Path file) {
    Safetensors.Contents contents = Safetensors.read(file);
    String text = contents.metadata().get(STATE);
    if (!contents.checked() || text == null) {
      throw new CheckpointException(
          file,
          "in the metadata: expected a checksum and the state of a training, got "
              + contents.metadata().keySet()
              + "; the file is damaged or not a checkpoint of Crema");
    }
    try {
      return parse(Json.object(text), contents.tensors());
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CheckpointException(file, "in the metadata's `crema`: " + e.getMessage(), e);
    }
  }

  private static Checkpoint parse(Map<String, Object> state, Map<String, Tensor> tensors) {
    long format = whole(state, "format");
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "expected format " + FORMAT + ", got " + format + "; use the Crema that wrote it");
    }
    if (!(state.get("progress") instanceof Map<?, ?> exact)) {
      throw new IllegalArgumentException("expected an object `progress`");
    }
    Map<String, Double> progress = new LinkedHashMap<>();
    exact.forEach(
        (name, hex) -> progress.put(String.valueOf(name), Double.valueOf(String.valueOf(hex))));
    Map<String, Tensor> weights = new LinkedHashMap<>();
    Map<String, Map<String, Tensor>> slots = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> {
      if (!name.startsWith(SLOT_PREFIX)) {
        weights.put(name, tensor);
        return;
      }
      String[] parts = name.substring(SLOT_PREFIX.length()).split("\\.", 2);
      if (parts.length < 2) {
        throw new IllegalArgumentException("expected optimizer.<slot>.<weight>, got " + name);
      }
      slots.computeIfAbsent(parts[0], slot -> new LinkedHashMap<>()).put(parts[1], tensor);
    });
    return new Checkpoint(
        Math.toIntExact(whole(state, "epoch")),
        whole(state, "step_in_epoch"),
        whole(state, "step"),
        whole(state, "seed"),
        weights,
        slots,
        progress);
  }

  private static long whole(Map<String, Object> state, String key) {
    Object value = state.get(key);
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw new IllegalArgumentException("expected a whole number `" + key + "`, got " + value);
  }

  private static <V> Map<String, V> copy(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
