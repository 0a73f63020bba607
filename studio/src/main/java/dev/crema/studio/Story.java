package dev.crema.studio;

import dev.crema.studio.draw.Plot;
import dev.crema.train.CheckpointException;
import dev.crema.train.Event;
import dev.crema.train.EventReader;
import dev.crema.train.Run;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What happened in a run, as its events say.
 *
 * @param events in their order; of a log that is damaged, those before
 * @param damage what is wrong with the log
 */
record Story(List<Event> events, Optional<String> damage) {
  /** All events of a log are in memory at once, in up to three times this. */
  private static final long MAX_LOG_BYTES = 1L << 28;

  Story {
    events = List.copyOf(events);
  }

  /** The story of a run, which may still go on; empty if nothing happened yet. */
  static Story of(Run run) {
    List<Event> events = new ArrayList<>();
    try {
      EventReader.ofBeginning(run.events(), MAX_LOG_BYTES).read(entry -> events.add(entry.event()));
      long size = run.events().toFile().length();
      return new Story(
          events,
          size > MAX_LOG_BYTES
              ? Optional.of(
                  "%s: of its %s bytes only the first %s are read"
                      .formatted(run.events(), size, MAX_LOG_BYTES))
              : Optional.empty());
    } catch (CheckpointException e) {
      return new Story(events, Optional.of(String.valueOf(e.getMessage())));
    }
  }

  /** Whether the training ended with numbers that are not finite. */
  boolean hasDiverged() {
    return !events.isEmpty() && events.getLast() instanceof Event.Diverged;
  }

  /** The events of one kind. */
  <E extends Event> List<E> all(Class<E> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** The losses of single batches by their steps. */
  SortedMap<Long, Double> losses() {
    SortedMap<Long, Double> losses = new TreeMap<>();
    all(Event.StepLogged.class).forEach(step -> losses.put(step.step(), step.loss()));
    for (Event.LossesLogged logged : all(Event.LossesLogged.class)) {
      logged.forEach(losses::put);
    }
    return losses;
  }

  List<Event.EpochEnded> epochs() {
    return all(Event.EpochEnded.class);
  }

  /** The losses on images held out, after epochs and within them. */
  List<Plot.Point> validations() {
    return events.stream()
        .flatMap(event ->
            switch (event) {
              case Event.Validated e -> Stream.of(new Plot.Point(e.step(), e.validation().loss()));
              case Event.EpochEnded e ->
                  e.validation().map(score -> new Plot.Point(e.step(), score.loss())).stream();
              default -> Stream.empty();
            })
        .toList();
  }

  /** What was measured of each parameter, in the order of the layers. */
  Map<String, List<Event.ParameterMeasured>> parameters() {
    return all(Event.ParameterMeasured.class).stream()
        .collect(
            Collectors.groupingBy(
                Event.ParameterMeasured::parameter, LinkedHashMap::new, Collectors.toList()));
  }
}
