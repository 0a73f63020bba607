package dev.crema.nn;

import dev.crema.engine.Key;

/** What is fixed for one step: how many images, which draw of randomness, where the input is. */
public final class Frame {
  private int images;
  private int blocks;
  private int groups;
  private Key key = Key.of(0);
  private byte[] pixels = {};

  void set(byte[] pixels, int images, int blocks, int groups, Key key) {
    this.pixels = pixels;
    this.images = images;
    this.blocks = blocks;
    this.groups = groups;
    this.key = key;
  }

  /** The caller's images, one after the other; more may follow than this batch has. */
  byte[] pixels() {
    return pixels;
  }

  /** Images in this batch. */
  public int images() {
    return images;
  }

  /** Blocks that hold them. */
  public int blocks() {
    return blocks;
  }

  /** Groups of blocks that keep sums of their own. */
  public int groups() {
    return groups;
  }

  /** The step's randomness. */
  public Key key() {
    return key;
  }
}
