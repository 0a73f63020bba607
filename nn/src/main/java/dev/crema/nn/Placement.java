package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.nn.Places.Life;
import java.util.List;

/**
 * Gives every buffer of a program its place, which it shares with those that live at other times.
 *
 * @param phases what uses them; those whose zeros others write over get steps that write them anew
 * @param blocks blocks of a full batch
 * @param groups groups of blocks
 * @param workers threads
 */
record Placement(List<Phase> phases, int blocks, int groups, int workers, Kernels kernels) {
  private static final long PAGE = 4096;

  /**
   * Places them.
   *
   * @param start the first free byte
   * @return the first byte after the last buffer
   */
  long place(List<Buffer> buffers, long start) {
    int[] starts = new int[phases.size() + 1];
    for (int i = 0; i < phases.size(); i++) {
      starts[i + 1] = starts[i] + phases.get(i).steps().size();
    }
    List<Buffer> used = buffers.stream().filter(Buffer::isUsed).toList();
    used.forEach(buffer -> buffer.settle(starts));
    long next = placeTogether(used.stream().filter(Buffer::isTogether).toList(), start);
    for (Buffer.Per per : List.of(Buffer.Per.BLOCK, Buffer.Per.WORKER)) {
      next =
          placeApart(
              used.stream().filter(each -> !each.isTogether() && each.per() == per).toList(),
              next,
              per == Buffer.Per.BLOCK ? blocks : workers);
    }
    return roundUp(next);
  }

  /** The places of one buffer lie one after the other. */
  private long placeTogether(List<Buffer> buffers, long start) {
    List<Life> lives =
        buffers.stream()
            .map(each ->
                new Life(each.allBytes(blocks, groups), each.life().first(), each.life().last()))
            .toList();
    Places places = Places.of(lives);
    for (int i = 0; i < buffers.size(); i++) {
      buffers.get(i).place(start + places.offsets().get(i), buffers.get(i).bytes());
    }
    keepZeros(buffers, lives, places);
    return start + places.bytes();
  }

  /** The places of one block, or worker, lie one after the other: each can use them over again. */
  private long placeApart(List<Buffer> buffers, long start, int count) {
    List<Life> lives = buffers.stream().map(Buffer::life).toList();
    Places places = Places.of(lives);
    long stride = roundUp(places.bytes());
    long first = roundUp(start);
    for (int i = 0; i < buffers.size(); i++) {
      buffers.get(i).place(first + places.offsets().get(i), stride);
    }
    keepZeros(buffers, lives, places);
    return first + count * stride;
  }

  /** Memory begins as zeros: what others write over must be zeroed again before each use. */
  private void keepZeros(List<Buffer> buffers, List<Life> lives, Places places) {
    for (int i = 0; i < buffers.size(); i++) {
      Zeros zeros = buffers.get(i).zeros();
      long start = places.offsets().get(i);
      for (int j = 0; j < buffers.size() && !zeros.isEmpty(); j++) {
        long other = places.offsets().get(j);
        boolean isAlike = other == start && buffers.get(j).zeros().equals(zeros);
        if (!isAlike
            && other < start + lives.get(i).bytes()
            && start < other + lives.get(j).bytes()) {
          writeZeros(buffers.get(i));
          break;
        }
      }
    }
  }

  /** Has the first step that uses a buffer write its zeros before. */
  private void writeZeros(Buffer buffer) {
    int at = buffer.firstStep();
    switch (phases.get(buffer.firstPhase())) {
      case Phase.Blocks(var steps) -> {
        BlockStep step = steps.get(at).step();
        BlockStep both =
            (m, work) -> {
              buffer.zeros().write(kernels, m, buffer.at(work));
              step.run(m, work);
            };
        steps.set(at, new Phase.Labelled<>(steps.get(at).label(), both));
      }
      case Phase.Tiles(var steps) -> writeZeros(buffer, steps, at);
      case Phase.Pipelines(var steps) -> writeZeros(buffer, steps, at);
    }
  }

  private void writeZeros(Buffer buffer, List<Phase.Labelled<TileStep>> steps, int at) {
    TileStep both =
        steps
            .get(at)
            .step()
            .afterBlocks((m, block) -> buffer.zeros().write(kernels, m, buffer.at(block)));
    steps.set(at, new Phase.Labelled<>(steps.get(at).label(), both));
  }

  private static long roundUp(long bytes) {
    return Math.ceilDiv(bytes, PAGE) * PAGE;
  }
}
