/**
 * The memory slab, the lanes layout, kernels (plain and vector), the kernel generator and the
 * worker pool live here.
 */
module dev.crema.engine {
  requires java.management;
  requires jdk.incubator.vector;
  requires static transitive org.jspecify;

  exports dev.crema.engine;
  exports dev.crema.engine.kernel to
      dev.crema.nn;
}
