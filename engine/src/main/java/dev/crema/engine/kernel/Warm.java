package dev.crema.engine.kernel;

/**
 * How to make the compiler see one loop before it is needed.
 *
 * @param name the loop's {@code Class.method}, as the compiler lists it
 * @param small runs every branch of the loop on a few numbers of scratch memory
 * @param empty calls the loop with nothing to do
 */
public record Warm(String name, Runnable small, Runnable empty) {}
