/** Benchmarks of the engine's kernels, each alone on one thread, after a batch's layer. */
@NullMarked
package dev.crema.bench;

import org.jspecify.annotations.NullMarked;
