/**
 * The trainer, optimisers, schedules, metrics, events, checkpoints, run directories and comparisons
 * live here.
 */
module dev.crema.train {
  requires transitive dev.crema.data;
  requires transitive dev.crema.nn;
  requires com.fasterxml.jackson.jr.ob;
  requires org.apache.commons.statistics.distribution;
  requires org.snakeyaml.engine;
  requires static transitive org.jspecify;

  exports dev.crema.train;
  exports dev.crema.train.compare;
}
