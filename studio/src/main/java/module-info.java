/** The one-file report lives here, fed only by run directories and their data sets. */
module dev.crema.studio {
  requires java.desktop;
  requires transitive dev.crema.train;
  requires static transitive org.jspecify;

  exports dev.crema.studio;
}
