package dev.crema.engine.kernel;

/**
 * How to bring one loop to full speed before it is needed: a few real calls teach the compiler its
 * branches, many empty ones make it compile.
 *
 * @param name the loop
 * @param small runs the loop a few times on scratch memory, through every branch
 * @param empty calls it with nothing to do
 */
public record Warm(String name, Runnable small, Runnable empty) {}
