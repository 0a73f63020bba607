package dev.crema.train.compare;

import dev.crema.nn.Graph;
import dev.crema.train.Experiment;
import dev.crema.train.Predictions;
import dev.crema.train.Run;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs that are there, gathered by what they train: those whose experiments differ in nothing but
 * the seed are one network's.
 *
 * @param groups the networks, in the order in which they were first met
 */
public record Gathering(List<Group> groups) {

  /** A run, what it trains, and its network laid out for its images. */
  public record Member(Run run, Experiment experiment, Graph graph) {
    private long seed() {
      return experiment.training().seed();
    }

    private Optional<Predictions> predictions() {
      return run.readPredictions();
    }

    /** Whether both were tested on the same images, as far as the runs say. */
    private boolean isTestedAs(Member other) {
      Optional<Predictions> here = predictions();
      Optional<Predictions> there = other.predictions();
      return experiment.feed().data().equals(other.experiment.feed().data())
          && experiment.feed().limit().equals(other.experiment.feed().limit())
          && (here.isEmpty() || there.isEmpty() || here.get().hasLabelsOf(there.get()));
    }

    private String apartFromSeed() {
      return experiment.training(experiment.training().seed(0)).text();
    }
  }

  /**
   * The runs of one network.
   *
   * @param label the name of its experiment; a later group with the same name has a number too
   * @param members at least one, by their seeds, each another one
   */
  public record Group(String label, List<Member> members) {
    /** Copies the list, which must not be empty. */
    public Group {
      members = List.copyOf(members);
      if (members.isEmpty()) {
        throw new IllegalArgumentException("expected one run or more for " + label + ", got none");
      }
    }

    private List<Long> seeds() {
      return members.stream().map(Member::seed).toList();
    }

    private Contender contender() {
      return new Contender(label, members.getFirst().experiment(), members.getFirst().graph());
    }
  }

  /** Copies the list. */
  public Gathering {
    groups = List.copyOf(groups);
  }

  /** Gathers runs; of several with one experiment and seed, which have the same bits, the first. */
  public static Gathering of(List<Member> members) {
    Map<String, Map<Long, Member>> found = new LinkedHashMap<>();
    for (Member member : members) {
      found
          .computeIfAbsent(member.apartFromSeed(), _ -> new LinkedHashMap<>())
          .putIfAbsent(member.seed(), member);
    }
    List<Group> groups = new ArrayList<>();
    for (Map<Long, Member> group : found.values()) {
      List<Member> bySeed =
          group.values().stream().sorted(Comparator.comparing(Member::seed)).toList();
      String name = bySeed.getFirst().experiment().name();
      String free = name;
      for (int n = 2; isTaken(groups, free); n++) {
        free = name + "#" + n;
      }
      groups.add(new Group(free, bySeed));
    }
    return new Gathering(groups);
  }

  private static boolean isTaken(List<Group> groups, String label) {
    return groups.stream().anyMatch(group -> group.label().equals(label));
  }

  /**
   * What comes of comparing them; empty if no run has come to its end.
   *
   * @throws dev.crema.train.CheckpointException if a file of a run is damaged
   */
  public Optional<Report> report() {
    List<Group> ended = ended();
    if (ended.isEmpty()) {
      return Optional.empty();
    }
    List<Contender> contenders = ended.stream().map(Group::contender).toList();
    Optional<Predictions> said = ended.getFirst().members().getFirst().predictions();
    Graph graph = contenders.getFirst().graph();
    double chance =
        said.map(Statistics::chance).orElseGet(() -> 1.0 / graph.shape(graph.output()).size());
    return Optional.of(
        Report.of(
            contenders.getFirst().experiment().feed().data(),
            said.map(Predictions::count).orElse(0),
            chance,
            ended.stream().flatMap(group -> group.seeds().stream()).distinct().sorted().toList(),
            contenders,
            ended.stream()
                .map(group ->
                    group.members().stream().map(member -> Trial.of(member.run(), chance)).toList())
                .toList(),
            unpaired(ended)));
  }

  /** The same without runs that have not come to their end. */
  private List<Group> ended() {
    List<Group> ended = new ArrayList<>();
    for (Group group : groups) {
      List<Member> members =
          group.members().stream()
              .filter(member -> member.run().isFinished() || member.run().hasDiverged())
              .toList();
      if (!members.isEmpty()) {
        ended.add(new Group(group.label(), members));
      }
    }
    return ended;
  }

  private static Optional<String> unpaired(List<Group> groups) {
    Group first = groups.getFirst();
    if (groups.stream().anyMatch(group -> !group.seeds().equals(first.seeds()))) {
      return Optional.of(
          "the networks were not trained with the same seeds, so there are no pairs of runs, and it is not said which is better");
    }
    for (Group group : groups) {
      for (int seed = 0; seed < first.members().size(); seed++) {
        if (!group.members().get(seed).isTestedAs(first.members().get(seed))) {
          return Optional.of(
              "the networks were not tested on the same images, so their accuracies cannot be compared");
        }
      }
    }
    return Optional.empty();
  }
}
