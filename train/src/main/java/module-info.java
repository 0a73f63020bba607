/**
 * The trainer, optimisers, schedules, metrics, events, checkpoints, run directories, comparisons
 * and studies live here.
 */
module dev.crema.train {
  requires transitive dev.crema.data;
  requires transitive dev.crema.nn;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.jr.ob;
  requires java.desktop;
  requires org.apache.commons.statistics.distribution;
  requires org.knowm.xchart;
  requires org.snakeyaml.engine;
  requires static transitive org.jspecify;

  exports dev.crema.train;
  exports dev.crema.train.compare;
  exports dev.crema.train.study;
  exports dev.crema.train.tensorboard;
}
