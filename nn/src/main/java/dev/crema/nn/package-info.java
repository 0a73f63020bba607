/** Networks as immutable descriptions, and the compiler that makes programs of them. */
@NullMarked
package dev.crema.nn;

import org.jspecify.annotations.NullMarked;
