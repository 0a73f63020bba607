package dev.crema.data;

import dev.crema.engine.Key;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes batches of images on a thread of its own, while the last step runs.
 *
 * <p>This is the description; {@link #epoch} starts one pass. Order and augmentation follow from
 * the key and the epoch's number alone, so a pass that starts at a later step gives the batches
 * that the whole pass would give there. It is immutable: any number of threads may share it, each
 * with passes of its own.
 *
 * @param images where the batches come from
 * @param batch images per batch; the last batch may have fewer
 * @param key the randomness of order and augmentation
 * @param shuffle whether each epoch has its own random order
 * @param augment what happens to each image, in its own size
 * @param height rows of an image in the batch; another number than in {@code images} resizes
 * @param width columns of an image in the batch
 * @param dropLast whether to leave out a last batch that is not full
 */
public record Loader(
    Images images,
    int batch,
    Key key,
    boolean shuffle,
    Augment augment,
    int height,
    int width,
    boolean dropLast) {
  private static final int MAX_SLOTS = 8;
  private static final long SLOT_MEMORY = 8 << 20;

  /**
   * @throws IllegalArgumentException when the sizes allow no batch
   */
  public Loader {
    if (batch < 1) {
      throw new IllegalArgumentException("batch must be 1 or more images, got " + batch);
    }
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "expected at least one row and column, got " + height + " x " + width);
    }
    long bytes = (long) height * width;
    if (bytes > Integer.MAX_VALUE
        || Math.multiplyHigh(bytes * images.channels(), batch) != 0
        || bytes * images.channels() * batch > Integer.MAX_VALUE - 16) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a batch of %,d images of %s is too big for one array; use a smaller batch or size",
              batch,
              Images.size(images.channels(), height, width)));
    }
    if (dropLast && images.count() < batch) {
      throw new IllegalArgumentException(
          "%s images are no full batch of %s, and dropLast leaves out all others"
              .formatted(images.count(), batch));
    }
    Objects.requireNonNull(key, "key");
    augment.checkFits(images.height(), images.width());
    new Resize(images.height(), images.width(), height, width); // refuses sizes out of its range
  }

  /** All images in a new random order each epoch, for training. */
  public static Loader shuffled(Images images, int batch, Key key) {
    return new Loader(
        images, batch, key, true, Augment.NONE, images.height(), images.width(), false);
  }

  /** All images in their own order, for evaluation. */
  public static Loader inOrder(Images images, int batch) {
    return new Loader(
        images, batch, Key.of(0), false, Augment.NONE, images.height(), images.width(), false);
  }

  /** The same with this augmentation. */
  public Loader augment(Augment augment) {
    return new Loader(images, batch, key, shuffle, augment, height, width, dropLast);
  }

  /** The same with images of this size, by {@link Resize}. */
  public Loader resize(int height, int width) {
    return new Loader(images, batch, key, shuffle, augment, height, width, dropLast);
  }

  /** The same, with or without a last batch that is not full. */
  public Loader dropLast(boolean dropLast) {
    return new Loader(images, batch, key, shuffle, augment, height, width, dropLast);
  }

  /** How many batches one epoch has. */
  public int steps() {
    return images.count() / batch + (dropLast || images.count() % batch == 0 ? 0 : 1);
  }

  /**
   * Starts one pass.
   *
   * @param epoch which one, from 0 on
   * @param firstStep the batch to start with, 0 ... {@link #steps()}
   */
  public Epoch epoch(int epoch, int firstStep) {
    if (epoch < 0 || firstStep < 0 || firstStep > steps()) {
      throw new IllegalArgumentException(
          "expected an epoch from 0 on and a first step of 0 ... %s, got epoch %s, step %s"
              .formatted(steps(), epoch, firstStep));
    }
    int imageBytes = images.channels() * height * width;
    int most = Math.min(batch, images.count());
    long fitting = SLOT_MEMORY / Math.max(1, (long) most * imageBytes);
    Batch[] slots = new Batch[Math.clamp(fitting, 2, MAX_SLOTS)];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Batch(most, imageBytes);
    }
    return Epoch.start(slots, firstStep, steps(), filler(epoch));
  }

  private Filler filler(int epoch) {
    int[] order =
        shuffle
            ? key.fold("shuffle").fold(epoch).permutation(images.count())
            : IntStream.range(0, images.count()).toArray();
    Key changes = key.fold("augment").fold(epoch);
    boolean resizes = height != images.height() || width != images.width();
    Resize resize = new Resize(images.height(), images.width(), height, width);
    byte[] work = new byte[images.imageBytes()];
    return (step, slot) -> {
      int first = step * batch;
      int count = Math.min(batch, order.length - first);
      slot.begin(step, count);
      for (int i = 0; i < count; i++) {
        int image = order[first + i];
        slot.labels()[i] = images.label(image);
        byte[] source = images.pixels();
        int start = images.start(image);
        int target = i * images.channels() * height * width;
        if (!augment.isNone()) {
          byte[] changed = resizes ? work : slot.pixels();
          int changedStart = resizes ? 0 : target;
          augment.apply(
              changes.fold(image),
              images.channels(),
              images.height(),
              images.width(),
              source,
              start,
              changed,
              changedStart);
          source = changed;
          start = changedStart;
        }
        if (resizes) {
          resize.apply(images.channels(), source, start, slot.pixels(), target);
        } else if (augment.isNone()) {
          images.copyTo(image, slot.pixels(), target);
        }
      }
    };
  }

  /** Fills a slot with the batch of a step. */
  @FunctionalInterface
  interface Filler {
    void fill(int step, Batch slot);
  }

  /**
   * One pass: batch after batch, made ahead by a daemon thread in a ring of slots. It is for the
   * thread that asks for the first batch, and says so to others with an {@link
   * IllegalStateException}; any thread may close it.
   */
  public static final class Epoch implements AutoCloseable {
    /** Longer than the making of a small batch, shorter than being put to sleep and woken up. */
    private static final long SPIN_NANOS = 20_000;

    private final Batch[] slots;
    private final int steps;
    private final Filler filler;
    private final Thread loader;

    /** The step whose batch is in use; those up to {@code filled} are ready. */
    private volatile int using;

    private volatile int filled;
    private volatile boolean loaderSleeps;
    private volatile @Nullable Thread sleepingUser;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;

    /** The number of the thread that takes the batches; 0 before the first one. */
    private final AtomicLong user = new AtomicLong();

    private Epoch(Batch[] slots, int firstStep, int steps, Filler filler) {
      this.slots = slots;
      this.steps = steps;
      this.filler = filler;
      using = firstStep;
      filled = firstStep;
      loader = Thread.ofPlatform().daemon().name("crema-loader").unstarted(this::load);
    }

    static Epoch start(Batch[] slots, int firstStep, int steps, Filler filler) {
      Epoch epoch = new Epoch(slots, firstStep, steps, filler);
      epoch.loader.start();
      return epoch;
    }

    /**
     * Goes on to the next batch, and gives the last one's slot back.
     *
     * @return false after the last batch
     * @throws IllegalStateException when closed, when another thread took the first batch, or when
     *     the loader's thread failed; that is the cause
     */
    public boolean next() {
      if (closed) {
        throw new IllegalStateException("this epoch is closed");
      }
      if (!user.compareAndSet(0, Thread.currentThread().threadId())) {
        checkUser();
        if (using < steps) {
          release();
        }
      }
      if (using >= steps) {
        return false;
      }
      awaitBatch();
      if (filled <= using) {
        throw failure == null
            ? new IllegalStateException("this epoch was closed while it made a batch")
            : new IllegalStateException(
                "the loader failed at step " + filled + ": " + failure, failure);
      }
      return true;
    }

    /** The batch that {@link #next} went to; its arrays are its own until the next call. */
    public Batch batch() {
      checkUser();
      if (user.get() == 0 || using >= steps || filled <= using) {
        throw new IllegalStateException("there is no batch; did next() say true?");
      }
      return slots[using % slots.length];
    }

    /** Keeps a second thread from changing the batch that the first one reads. */
    private void checkUser() {
      long taker = user.get();
      if (taker != 0 && taker != Thread.currentThread().threadId()) {
        throw new IllegalStateException(
            "the batches of an epoch are for one thread, and another one takes these; start an epoch for each thread");
      }
    }

    /** Ends the pass, wherever it is, and the loader's thread with it. */
    @Override
    public void close() {
      closed = true;
      LockSupport.unpark(loader);
      LockSupport.unpark(sleepingUser);
      boolean interrupted = false;
      while (loader.isAlive()) {
        try {
          loader.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    // Each side writes its progress before it reads whether the other sleeps, and the other says
    // that it sleeps before it looks at the progress again. All are volatile, so no wake-up is
    // lost.

    private void release() {
      using = using + 1;
      if (loaderSleeps && filled - using <= slots.length / 2) {
        LockSupport.unpark(loader);
      }
    }

    private void awaitBatch() {
      if (filled > using) {
        return;
      }
      long since = System.nanoTime();
      while (filled <= using && System.nanoTime() - since < SPIN_NANOS) {
        Thread.onSpinWait();
      }
      sleepingUser = Thread.currentThread();
      while (filled <= using && failure == null && !closed) {
        LockSupport.park(this);
      }
      sleepingUser = null;
    }

    private void load() {
      try {
        while (filled < steps && awaitSlot()) {
          filler.fill(filled, slots[filled % slots.length]);
          filled = filled + 1;
          LockSupport.unpark(sleepingUser);
        }
      } catch (Throwable e) {
        failure = e;
        LockSupport.unpark(sleepingUser);
      }
    }

    /** Once the ring is full the loader sleeps until half is free: fewer and longer naps. */
    private boolean awaitSlot() {
      if (filled - using >= slots.length) {
        loaderSleeps = true;
        while (filled - using > slots.length / 2 && !closed) {
          LockSupport.park(this);
        }
        loaderSleeps = false;
      }
      return !closed;
    }
  }
}
