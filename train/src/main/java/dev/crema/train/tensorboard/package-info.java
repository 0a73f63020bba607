/** Tells a training to TensorBoard, in the files that it reads. */
@NullMarked
package dev.crema.train.tensorboard;

import org.jspecify.annotations.NullMarked;
