package dev.crema.nn;

import dev.crema.engine.Volume;

/**
 * What one layer hands to the next: the layout of a block and where the blocks are.
 *
 * @param volume the layout
 * @param buffer the place
 * @param offset bytes from the beginning of the place: a value may be some channels of another one
 */
public record Value(Volume volume, Buffer buffer, long offset) {
  /** A value with a place of its own. */
  Value(Volume volume, Buffer buffer) {
    this(volume, buffer, 0);
  }

  /** Some channels of it. */
  Value slice(int first, int channels) {
    return new Value(volume.withChannels(channels), buffer, offset + first * volume.plane());
  }

  /** The same cells, laid out like this. */
  Value as(Volume layout) {
    return new Value(layout, buffer, offset);
  }

  /** Whether nothing else lies in its place. */
  boolean isAlone() {
    return volume.bytes() == buffer.bytes();
  }

  /** Whether both lie in the same place. */
  boolean coincides(Value other) {
    return buffer == other.buffer && offset == other.offset;
  }

  /** The offset of this worker's block. */
  public long at(Work work) {
    return buffer.at(work) + offset;
  }

  /** The offset of a block, for steps over all blocks. */
  public long at(int block) {
    return buffer.at(block) + offset;
  }
}
