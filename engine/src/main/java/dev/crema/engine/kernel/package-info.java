/**
 * The loops: a plain definition of each, the vector form of each, and the generator of the unrolled
 * ones.
 */
@NullMarked
package dev.crema.engine.kernel;

import org.jspecify.annotations.NullMarked;
