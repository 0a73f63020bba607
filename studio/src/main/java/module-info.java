/**
 * The one-file report and the Studio live here, fed only by run directories and their data sets.
 */
module dev.crema.studio {
  requires com.fasterxml.jackson.jr.ob;
  requires java.desktop;
  requires jdk.httpserver;
  requires transitive dev.crema.train;
  requires static transitive org.jspecify;

  exports dev.crema.studio;
  exports dev.crema.studio.live;
}
