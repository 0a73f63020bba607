package dev.crema.train.compare;

/**
 * A range of numbers.
 *
 * @param low its lower end
 * @param high its upper end
 */
public record Interval(double low, double high) {}
