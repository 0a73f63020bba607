package dev.crema.zoo.reports;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * A figure of a report.
 *
 * @param figure what it is
 * @param value as printed, in the figure's unit; empty where the report shows it, in a curve for
 *     instance, but gives no number
 * @param about whether the report itself says "about"
 */
public record Published(Figure figure, Optional<BigDecimal> value, boolean about) {
  static Published exactly(Figure figure, String value) {
    return new Published(figure, Optional.of(new BigDecimal(value)), false);
  }

  static Published about(Figure figure, String value) {
    return new Published(figure, Optional.of(new BigDecimal(value)), true);
  }

  static Published shown(Figure figure) {
    return new Published(figure, Optional.empty(), false);
  }

  String text() {
    return value.map(number -> (about ? "about " : "") + number.toPlainString()).orElse("-");
  }
}
