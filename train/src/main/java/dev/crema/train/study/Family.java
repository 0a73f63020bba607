package dev.crema.train.study;

import dev.crema.nn.Net;

/** Networks that differ in depth and width alone; a wider or deeper one costs more. */
@FunctionalInterface
public interface Family {
  /** The network of this size. */
  Net net(Size size);
}
