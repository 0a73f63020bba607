package dev.crema.studio;

import dev.crema.studio.draw.Plot;
import dev.crema.train.Event;
import dev.crema.train.EventLog;
import dev.crema.train.Run;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What happened in a run, as its events say.
 *
 * @param events in their order
 */
record Story(List<Event> events) {
  Story {
    events = List.copyOf(events);
  }

  /**
   * The story of a run, which may still go on; empty if nothing happened yet.
   *
   * @throws dev.crema.train.CheckpointException if the log is damaged
   */
  static Story of(Run run) {
    return new Story(Files.exists(run.events()) ? EventLog.read(run.events()) : List.of());
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
