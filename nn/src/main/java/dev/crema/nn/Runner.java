package dev.crema.nn;

import dev.crema.engine.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** Runs a program's phases on all workers, and says what each step takes if somebody asks. */
final class Runner {
  private final Workers workers;
  private final MemorySegment memory;
  private final Frame frame;
  private final List<Stage> stages;
  private final Work[] works;
  private Optional<Profile> profile = Optional.empty();

  /**
   * A phase ready to run: made once, so that a step allocates nothing.
   *
   * @param shares the workers' shares of its tiles; none where blocks are shared, as many as come
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares stages
  private record Stage(Optional<int[]> shares, Workers.Tasks tasks) {}

  Runner(List<Phase> phases, Workers workers, MemorySegment memory, Frame frame) {
    this.workers = workers;
    this.memory = memory;
    this.frame = frame;
    works = new Work[workers.count()];
    for (int i = 0; i < works.length; i++) {
      works[i] = new Work(i);
    }
    List<Stage> made = new ArrayList<>();
    int first = 0;
    for (Phase phase : phases) {
      made.add(stage(phase, first));
      first += phase.steps().size();
    }
    stages = List.copyOf(made);
  }

  /** Books what each step takes from now on. */
  void measure(Profile profile) {
    this.profile = Optional.of(profile);
  }

  /** Runs the phases from this one on, for what the frame says. */
  void run(int first) {
    for (int i = first; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      if (stage.shares().isPresent()) {
        workers.run(stage.shares().get(), stage.tasks());
      } else {
        workers.run(frame.groups(), stage.tasks());
      }
    }
  }

  /**
   * Makes a phase ready to run.
   *
   * @param first the number of its first step in the program
   */
  private Stage stage(Phase phase, int first) {
    return switch (phase) {
      case Phase.Blocks(var labelled) -> {
        BlockStep[] steps = labelled.stream().map(Phase.Labelled::step).toArray(BlockStep[]::new);
        yield new Stage(Optional.empty(), (group, worker) -> runGroup(steps, first, group, worker));
      }
      case Phase.Tiles(var labelled) -> {
        TileStep[] steps = tileSteps(labelled);
        yield new Stage(
            Optional.of(workers.shares(tileBytes(steps))),
            (tile, worker) -> runTile(steps, first, tile, worker));
      }
      case Phase.Pipelines(var labelled) -> {
        TileStep[] steps = tileSteps(labelled);
        yield new Stage(
            Optional.of(workers.shares(tileBytes(steps[0]))),
            (tile, worker) -> runPipeline(steps, first, tile, worker));
      }
    };
  }

  private static TileStep[] tileSteps(List<Phase.Labelled<TileStep>> steps) {
    return steps.stream().map(Phase.Labelled::step).toArray(TileStep[]::new);
  }

  /** About how many bytes each tile writes. */
  private static double[] tileBytes(TileStep... steps) {
    return Arrays.stream(steps)
        .flatMapToDouble(step ->
            DoubleStream.generate(() -> (double) step.bytes() / step.tiles()).limit(step.tiles()))
        .toArray();
  }

  private void runGroup(BlockStep[] steps, int firstStep, int group, int worker) {
    Work work = works[worker];
    int first = group * frame.blocks() / frame.groups();
    int end = (group + 1) * frame.blocks() / frame.groups();
    for (int block = first; block < end; block++) {
      work.set(group, block, block == first);
      if (profile.isPresent()) {
        runProfiled(steps, firstStep, work, profile.get());
      } else {
        for (int i = 0; i < steps.length; i++) {
          work.setStep(firstStep + i);
          steps[i].run(memory, work);
        }
      }
    }
  }

  private void runProfiled(BlockStep[] steps, int first, Work work, Profile profile) {
    long start = System.nanoTime();
    for (int i = 0; i < steps.length; i++) {
      work.setStep(first + i);
      steps[i].run(memory, work);
      start = profile.book(work.worker(), first + i, start);
    }
  }

  private void runTile(TileStep[] steps, int first, int tile, int worker) {
    int left = tile;
    for (int i = 0; i < steps.length; i++) {
      if (left < steps[i].tiles()) {
        runStep(steps[i], first + i, left, worker);
        return;
      }
      left -= steps[i].tiles();
    }
  }

  private void runPipeline(TileStep[] steps, int first, int tile, int worker) {
    for (int i = 0; i < steps.length; i++) {
      runStep(steps[i], first + i, tile, worker);
    }
  }

  /** Runs one tile of the step of this number. */
  private void runStep(TileStep step, int number, int tile, int worker) {
    long start = profile.isPresent() ? System.nanoTime() : 0;
    works[worker].setStep(number);
    step.run(memory, tile, works[worker], frame);
    if (profile.isPresent()) {
      profile.get().book(worker, number, start);
    }
  }
}
