package dev.crema.engine.kernel;

/**
 * Numbers in panels of some vectors of channels: {@code [panel][image][channels]}. Who reads a
 * panel reads it from one end to the other; of wide rows it would use but few sets of the
 * first-level cache.
 *
 * @param vectors vectors of a panel, which divide those of all channels
 * @param images images of a panel, of all its cells
 */
record Panels(int vectors, long images) {
  /** Bytes from one image to the next. */
  long image() {
    return (long) vectors * Vectors.BYTES;
  }

  /** Offset of a vector of channels; that of the one behind the last is the size of all. */
  long at(int vector) {
    return vector / vectors * images * image() + vector % vectors * (long) Vectors.BYTES;
  }
}
