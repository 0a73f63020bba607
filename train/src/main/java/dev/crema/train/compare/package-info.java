/** Says which network is better, by how much, and whether the difference is real. */
@NullMarked
package dev.crema.train.compare;

import org.jspecify.annotations.NullMarked;
