package dev.crema.nn;

/** What a worker is doing: which block, as part of which group of blocks. */
public final class Work {
  private final int worker;
  private int group;
  private int block;
  private boolean first;
  private int step;

  Work(int worker) {
    this.worker = worker;
  }

  void set(int group, int block, boolean first) {
    this.group = group;
    this.block = block;
    this.first = first;
  }

  /** Says which block it is, in steps that add to no sums. */
  void setBlock(int block) {
    this.block = block;
  }

  void setStep(int step) {
    this.step = step;
  }

  /** Which of a program's steps it is, counted in the order in which they run. */
  int step() {
    return step;
  }

  int worker() {
    return worker;
  }

  int block() {
    return block;
  }

  /** The group of blocks that adds to the same sums, in order. */
  public int group() {
    return group;
  }

  /** Whether this is the group's first block, before which its sums must be cleared. */
  public boolean isFirst() {
    return first;
  }
}
