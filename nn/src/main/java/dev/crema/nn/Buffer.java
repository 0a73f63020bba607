package dev.crema.nn;

import dev.crema.engine.Lanes;
import dev.crema.nn.Places.Life;

/**
 * A place in a program's memory, from the first step that uses it to the last one: before and after
 * them it may belong to others. There is one for each block of the batch, or, where nothing
 * outlives a worker's turn with a block, one for each worker.
 *
 * <p>The second kind stays in the worker's cache, whatever the batch size.
 */
public final class Buffer {
  /** Whose own place it is. */
  enum Per {
    WORKER,
    BLOCK,
    GROUP
  }

  private static final long MAX_BYTES = 1L << 40;

  private final long bytes;
  private final Zeros zeros;
  private Per per;
  private boolean together;
  private boolean kept;
  private Moment first = Moment.NEVER;
  private Moment last = Moment.NEVER;
  private Life life = new Life(0, 0, 0);
  private long base = -1;
  private long stride;

  /** A step of a phase. */
  private record Moment(int phase, int step) {
    static final Moment NEVER = new Moment(-1, -1);
  }

  Buffer(long bytes, Per per, Zeros zeros) {
    this.bytes = wholeVectors(bytes);
    this.per = per;
    this.zeros = zeros;
  }

  /** So many bytes, or a few more: as many as whole vectors have. */
  static long wholeVectors(long bytes) {
    if (bytes < 0 || bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "expected a place of 0 to %s bytes, got %s bytes".formatted(MAX_BYTES, bytes));
    }
    return Math.ceilDiv(bytes, Lanes.BYTES) * Lanes.BYTES;
  }

  /**
   * Notes a use, in the order in which the steps run; a buffer used in more than one phase has a
   * place for each block.
   *
   * @param all whether a step over all blocks uses it
   */
  void use(int phase, int step, boolean all) {
    if (per == Per.WORKER && isUsed() && last.phase() != phase) {
      per = Per.BLOCK;
    }
    together |= all;
    last = new Moment(phase, step);
    if (first.equals(Moment.NEVER)) {
      first = last;
    }
  }

  /** Lets it live from the beginning to the end, outside the steps too, for all blocks together. */
  Buffer keep() {
    per = Per.BLOCK;
    together = true;
    kept = true;
    return this;
  }

  boolean isUsed() {
    return kept || !first.equals(Moment.NEVER);
  }

  /** Whether its places are of one piece, for steps over all of them. */
  boolean isTogether() {
    return per == Per.GROUP || per == Per.BLOCK && together;
  }

  Per per() {
    return per;
  }

  /** Bytes of all its places; of the workers' one. */
  long allBytes(int blocks, int groups) {
    return bytes
        * switch (per) {
          case WORKER -> 1;
          case BLOCK -> blocks;
          case GROUP -> groups;
        };
  }

  Zeros zeros() {
    return zeros;
  }

  int firstPhase() {
    return first.phase();
  }

  int firstStep() {
    return first.step();
  }

  /**
   * Says when it lives.
   *
   * @param starts the number of each phase's first step, and how many steps there are
   */
  void settle(int[] starts) {
    if (kept) {
      life = new Life(bytes, 0, starts[starts.length - 1]);
    } else if (isTogether()) {
      // Others may still be at an earlier step of the phase, or already at a later one.
      life = new Life(bytes, starts[first.phase()], starts[last.phase() + 1] - 1);
    } else {
      life =
          new Life(bytes, starts[first.phase()] + first.step(), starts[last.phase()] + last.step());
    }
  }

  Life life() {
    return life;
  }

  /**
   * Says where it lies.
   *
   * @param stride bytes from a worker's, block's or group's place to the next one's
   */
  void place(long base, long stride) {
    this.base = base;
    this.stride = stride;
  }

  /** Bytes of one place; where steps over all blocks use it, the places follow each other. */
  public long bytes() {
    return bytes;
  }

  /** The offset of the place for this block and worker. */
  public long at(Work work) {
    assert life.first() <= work.step() && work.step() <= life.last()
        : "step %s uses what lives %s: it must say so".formatted(work.step(), life);
    int place =
        switch (per) {
          case WORKER -> work.worker();
          case BLOCK -> work.block();
          case GROUP -> work.group();
        };
    return base + place * stride;
  }

  /** The offset of the place for this block, for steps over all blocks. */
  public long at(int block) {
    return base() + block * bytes;
  }

  /** The offset of the first place. */
  public long base() {
    assert base >= 0 && isTogether() : "a step over all blocks must say which buffers it uses";
    return base;
  }
}
