/**
 * The trainer, optimisers, schedules, metrics, events, checkpoints, run directories and studies
 * live here.
 */
module dev.crema.train {
  requires transitive dev.crema.data;
  requires transitive dev.crema.nn;
  requires com.fasterxml.jackson.jr.ob;
  requires org.snakeyaml.engine;
  requires static transitive org.jspecify;

  exports dev.crema.train;
}
