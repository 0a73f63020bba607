package dev.crema.studio;

import dev.crema.studio.draw.Element;
import dev.crema.studio.draw.Numbers;
import dev.crema.train.Event;
import java.util.ArrayList;
import java.util.List;

/** What was asked, on what it ran, and what came out. */
final class Overview {
  private Overview() {}

  static Section of(Subject subject, String id) {
    Section section = new Section(id, "Result and experiment");
    section.add(figures(subject));
    end(subject, section);
    subject.damaged().forEach(why -> section.missing("What cannot be read is", why));
    subject
        .story()
        .all(Event.Warned.class)
        .forEach(warned ->
            section.text("Warning after step %s: %s".formatted(warned.step(), warned.message())));
    return section.beside(
        Element.of(
            "div",
            Element.of("h3", "Experiment"),
            Element.of("pre", subject.experiment().text().strip()),
            Element.of(
                "p",
                "All that decides the result, with every default written out: the same file trains the same network to the same bits.")),
        Element.of("div", Element.of("h3", "Environment"), environment(subject)));
  }

  private static Element environment(Subject subject) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("what", "as it was"));
    subject.environment().forEach((name, value) -> rows.add(List.of(name, value)));
    subject
        .dataNote()
        .ifPresent(data -> {
          rows.add(List.of("training data", data.train().images()));
          rows.add(List.of("SHA-256", data.train().sha256()));
          rows.add(List.of("test data", data.test().images()));
          rows.add(List.of("SHA-256", data.test().sha256()));
        });
    return Section.tableOf(rows, List.of(0, 1));
  }

  private static Element figures(Subject subject) {
    Element list = Element.of("dl").with("class", "figures");
    subject.result("test_accuracy").ifPresent(x -> add(list, "test accuracy", Numbers.percent(x)));
    subject.result("test_loss").ifPresent(x -> add(list, "test loss", Numbers.text("%.4f", x)));
    subject
        .result("validation_accuracy")
        .ifPresent(x -> add(list, "validation accuracy", Numbers.percent(x)));
    List<Event.EpochEnded> epochs = subject.story().epochs();
    if (!epochs.isEmpty()) {
      add(list, "training accuracy", Numbers.percent(epochs.getLast().train().accuracy()));
      subject
          .result("fit_accuracy")
          .ifPresent(x -> add(list, "on images learned from", Numbers.percent(x)));
      add(list, "epochs", String.valueOf(epochs.getLast().epoch()));
    }
    subject
        .result("best_epoch")
        .ifPresent(x -> add(list, "weights of epoch", Numbers.text("%.0f", x)));
    subject
        .result("parameters")
        .ifPresent(x -> add(list, "parameters", Numbers.count(Math.round(x))));
    subject
        .result("multiply_adds")
        .ifPresent(x -> add(list, "multiply-adds", Numbers.count(Math.round(x))));
    subject
        .result("train_seconds")
        .ifPresent(x -> add(list, "training", Numbers.text("%.1f s", x)));
    subject
        .result("images_per_second")
        .ifPresent(x -> add(list, "images/s", Numbers.count(Math.round(x))));
    return list;
  }

  private static void add(Element list, String name, String value) {
    list.add(Element.of("div", Element.of("dt", name), Element.of("dd", value)));
  }

  private static void end(Subject subject, Section section) {
    List<Event.Diverged> diverged = subject.story().all(Event.Diverged.class);
    if (subject.story().hasDiverged()) {
      section.text(
          "The training diverged after step %s: the first that was not finite is %s."
              .formatted(Numbers.count(diverged.getLast().step()), diverged.getLast().what()));
    } else if (!subject.run().isFinished()) {
      section.missing("The final figures are", "the training has not come to its end");
    }
    subject
        .story()
        .all(Event.StoppedEarly.class)
        .forEach(stopped ->
            section.text(
                "Stopped early after epoch %s: epoch %s was the best."
                    .formatted(stopped.epoch(), stopped.bestEpoch())));
  }
}
