package dev.crema.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What JMH divides by the time, in operations per nanosecond: so it comes out in billions a second.
 */
public final class Rate {
  private Rate() {}

  /** Floating-point operations. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Flops {
    /** How many were done; shown as GFLOP/s. */
    public long gflops;
  }

  /** Bytes read and written. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Bytes {
    /** How many were moved; shown as GB/s. */
    public long gigabytes;
  }
}
