package dev.crema.zoo;

import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import dev.crema.train.Training;

/**
 * A named network with the training that its source used.
 *
 * @param name what the command line calls it
 * @param title what it is, and where it comes from
 * @param net the network
 * @param input the images that it was made for
 * @param training how its source trained it
 */
public record Recipe(String name, String title, Net net, Shape input, Training training) {}
