package dev.crema.train;

import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that decides a run's result: the network, the data, the loss and how to train.
 *
 * @param name what the network is called, such as {@code lenet}
 * @param net the network
 * @param description the network as an experiment file names or writes it
 * @param data a data set's name, or a folder
 */
public record Experiment(
    String name, Net net, Object description, String data, Loss loss, Training training) {

  /** The text of an experiment file that says the same. */
  public String text() {
    Map<String, Object> map = new LinkedHashMap<>(training.toMap(data));
    map.put("net", description);
    return Yaml.text(map);
  }
}
