package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import dev.crema.engine.kernel.PixelLoader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Some of the pixels of a batch on their way from the caller's bytes into the lanes. Each worker
 * fetches for itself what it converts: memory that one processor wrote is slow to read for another.
 */
final class Pixels {
  private final Frame frame;
  private final int images;
  private final int size;
  private final int first;
  private final int count;
  private final Lowering.Address normalization;
  private final PixelLoader loader;

  /**
   * Plans the loops.
   *
   * @param images in a block
   * @param size pixels of an image
   * @param first the first one to load
   * @param volume what they become
   */
  private Pixels(
      Assembly assembly,
      int images,
      int size,
      int first,
      Volume volume,
      Lowering.Address normalization) {
    frame = assembly.frame();
    this.images = images;
    this.size = size;
    this.first = first;
    this.normalization = normalization;
    count = volume.channels() * volume.cells();
    loader = new PixelLoader(assembly.library(), volume, count);
  }

  /** Adds the steps that make a program's input. */
  static void lower(Assembly assembly, Shape shape, int vectors, Lowering.Address normalization) {
    int images = vectors * Lanes.COUNT;
    int size = shape.size();
    Value input = assembly.values().value(0);
    if (assembly.halvesPixels()) {
      int half = Dense.half(size);
      Pixels low =
          new Pixels(assembly, images, size, 0, Volume.features(half, vectors), normalization);
      Pixels high =
          new Pixels(
              assembly, images, size, half, Volume.features(size - half, vectors), normalization);
      lowerHalves(assembly, input, low, high);
      return;
    }
    Volume volume = input.volume();
    // Pixels come in as one long row first; an input with gaps or halos is then copied into them.
    Volume plain = volume.isContiguous() ? volume : Volume.features(size, vectors);
    Buffer staging = volume.isContiguous() ? input.buffer() : assembly.buffer(plain.bytes());
    Pixels all = new Pixels(assembly, images, size, 0, plain, normalization);
    Buffer bytes = assembly.buffer(all.bytes());
    Buffer scratch = assembly.buffer(all.loader.scratchBytes());
    Kernels kernels = assembly.kernels();
    assembly.block(
        (m, work) -> {
          all.load(m, work.block(), bytes.at(work), scratch.at(work), staging.at(work));
          if (staging != input.buffer()) {
            kernels.copy(m, plain, staging.at(work), volume, input.at(work));
          }
        },
        List.of(input.buffer(), staging, bytes, scratch));
  }

  /** One half of the features of all images, then the other: who makes one also reads it. */
  private static void lowerHalves(Assembly assembly, Value input, Pixels low, Pixels high) {
    int blocks = assembly.blocks();
    Buffer bytes = assembly.buffer(low.bytes());
    Buffer scratch = assembly.buffer(low.loader.scratchBytes());
    long behind = (long) low.count * input.volume().cell();
    assembly.pipeline(
        TileStep.ofHalves(
            blocks,
            input.buffer().bytes() * blocks,
            (m, isFirst, work) -> {
              long to = input.at(work) + (isFirst ? 0 : behind);
              (isFirst ? low : high).load(m, work.block(), bytes.at(work), scratch.at(work), to);
            }),
        List.of(input.buffer(), bytes, scratch));
  }

  private long bytes() {
    return (long) images * count + PixelLoader.SLACK;
  }

  /** Loads one block. */
  private void load(MemorySegment memory, int block, long bytes, long scratch, long to) {
    int start = block * images;
    int live = Math.min(images, frame.images() - start);
    if (count == size) {
      copy(memory, start * size, bytes, live * size);
    } else {
      for (int i = 0; i < live; i++) {
        copy(memory, (start + i) * size + first, bytes + (long) i * count, count);
      }
    }
    loader.run(memory, bytes, normalization.at(), scratch, to);
  }

  private void copy(MemorySegment memory, int from, long to, int length) {
    MemorySegment.copy(frame.pixels(), from, memory, ValueLayout.JAVA_BYTE, to, length);
  }
}
