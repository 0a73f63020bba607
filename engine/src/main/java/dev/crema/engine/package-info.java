/** The memory slab, the lanes layout, the kernels and the worker pool. */
@NullMarked
package dev.crema.engine;

import org.jspecify.annotations.NullMarked;
