/** Datasets, readers, splits, transforms and the batch loader. */
@NullMarked
package dev.crema.data;

import org.jspecify.annotations.NullMarked;
