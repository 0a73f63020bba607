package dev.crema.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.crema.engine.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LoaderTest {
  private static final Key KEY = Key.of(42);

  /** What a batch holds, copied out of its slot. */
  private record Seen(int step, List<Integer> labels, int pixels) {
    static Seen of(Batch batch, int imageBytes) {
      return new Seen(
          batch.step(),
          IntStream.range(0, batch.count()).mapToObj(i -> batch.labels()[i]).toList(),
          Arrays.hashCode(Arrays.copyOf(batch.pixels(), batch.count() * imageBytes)));
    }
  }

  private static List<Seen> all(Loader loader, int epoch, int firstStep) {
    List<Seen> seen = new ArrayList<>();
    try (var pass = loader.epoch(epoch, firstStep)) {
      while (pass.next()) {
        seen.add(
            Seen.of(pass.batch(), loader.images().channels() * loader.height() * loader.width()));
      }
      assertThat(pass.next()).as("after the end").isFalse();
    }
    return seen;
  }

  private static List<Integer> numbers(Loader loader, int epoch) {
    List<Integer> numbers = new ArrayList<>();
    try (var pass = loader.epoch(epoch, 0)) {
      while (pass.next()) {
        Batch batch = pass.batch();
        for (int i = 0; i < batch.count(); i++) {
          int number = batch.pixels()[i * loader.images().imageBytes()] & 0xff;
          assertThat(batch.labels()[i]).isEqualTo(number % 10);
          numbers.add(number);
        }
      }
    }
    return numbers;
  }

  @Test
  void inOrderGivesAllImagesInTheirOrder() {
    Loader loader = Loader.inOrder(Sample.numbered(103, 2, 3), 10);
    assertThat(loader.steps()).isEqualTo(11);
    assertThat(numbers(loader, 0)).isEqualTo(IntStream.range(0, 103).boxed().toList());
    assertThat(numbers(loader.dropLast(true), 0))
        .isEqualTo(IntStream.range(0, 100).boxed().toList());
  }

  @Test
  void shuffledGivesAllImagesInAnotherOrderEachEpoch() {
    Loader loader = Loader.shuffled(Sample.numbered(103, 2, 3), 10, KEY);
    List<Integer> first = numbers(loader, 0);
    assertThat(first)
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 103).boxed().toList())
        .isNotEqualTo(IntStream.range(0, 103).boxed().toList())
        .isEqualTo(numbers(loader, 0));
    assertThat(numbers(loader, 1)).isNotEqualTo(first);
    assertThat(numbers(Loader.shuffled(loader.images(), 10, Key.of(43)), 0)).isNotEqualTo(first);
    assertThat(numbers(Loader.shuffled(loader.images(), 7, KEY), 0))
        .as("the order is the same for any batch size")
        .isEqualTo(first);
  }

  /** Each thread's pass gives what it gives alone, and no pass serves two threads. */
  @Test
  void isSharedByThreadsWithAnEpochForEach() throws InterruptedException {
    Loader loader = Loader.shuffled(Sample.numbered(103, 2, 3), 10, KEY);
    List<Seen> alone = all(loader, 3, 0);
    AtomicInteger wrong = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    try (var pass = loader.epoch(3, 0)) {
      assertThat(pass.next()).isTrue();
      for (int i = 0; i < 4; i++) {
        threads.add(
            Thread.ofPlatform()
                .daemon()
                .start(() -> {
                  if (!all(loader, 3, 0).equals(alone)) {
                    wrong.incrementAndGet();
                  }
                  for (ThrowingCallable call : List.<ThrowingCallable>of(pass::next, pass::batch)) {
                    if (!(catchThrowable(call) instanceof IllegalStateException)) {
                      wrong.incrementAndGet();
                    }
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(Seen.of(pass.batch(), 6)).isEqualTo(alone.getFirst());
    }
    assertThat(wrong).hasValue(0);
  }

  @Test
  void resumesAtEveryStepWithTheSameBatches() {
    Loader loader =
        Loader.shuffled(Sample.train(), 32, KEY)
            .augment(Augment.NONE.shift(2).flip(0.5).erase(0.5, 6))
            .resize(40, 36);
    for (int epoch = 0; epoch < 2; epoch++) {
      List<Seen> whole = all(loader, epoch, 0);
      assertThat(whole).hasSize(7);
      for (int step = 0; step <= loader.steps(); step++) {
        assertThat(all(loader, epoch, step)).isEqualTo(whole.subList(step, whole.size()));
      }
    }
  }

  @Test
  void augmentationIsAnotherEachEpochButTheSameForAnyBatchSize() {
    Loader plain = Loader.inOrder(Sample.train(), 200);
    Loader augmented = plain.augment(Augment.NONE.shift(3));
    assertThat(all(augmented, 0, 0))
        .isNotEqualTo(all(plain, 0, 0))
        .isNotEqualTo(all(augmented, 1, 0));
    byte[] whole;
    try (var pass = augmented.epoch(5, 0)) {
      pass.next();
      whole = pass.batch().pixels().clone();
    }
    try (var pass =
        new Loader(plain.images(), 9, plain.key(), false, augmented.augment(), 28, 28, false)
            .epoch(5, 0)) {
      while (pass.next()) {
        int from = pass.batch().step() * 9 * 784;
        int bytes = pass.batch().count() * 784;
        assertThat(Arrays.copyOf(pass.batch().pixels(), bytes))
            .isEqualTo(Arrays.copyOfRange(whole, from, from + bytes));
      }
    }
  }

  @Test
  void resizesAfterAugmenting() {
    Images images = Sample.train().first(3);
    Augment augment = Augment.NONE.shift(2).flip(0.5);
    Loader loader = Loader.inOrder(images, 3).augment(augment).resize(56, 56);
    byte[] changed = new byte[784];
    byte[] expected = new byte[3 * 56 * 56];
    for (int i = 0; i < 3; i++) {
      Key key = loader.key().fold("augment").fold(4).fold(i);
      augment.apply(key, 1, 28, 28, images.image(i), 0, changed, 0);
      new Resize(28, 28, 56, 56).apply(1, changed, 0, expected, i * 56 * 56);
    }
    try (var pass = loader.epoch(4, 0)) {
      assertThat(pass.next()).isTrue();
      assertThat(pass.batch().pixels()).isEqualTo(expected);
    }
  }

  @Test
  void aBatchStaysAsItIsUntilTheNextIsAskedFor() throws InterruptedException {
    Loader loader = Loader.inOrder(Sample.numbered(250, 4, 4), 5);
    try (var pass = loader.epoch(0, 0)) {
      for (int step = 0; pass.next(); step++) {
        Seen before = Seen.of(pass.batch(), 16);
        if (step % 10 == 0) {
          Thread.sleep(5); // time enough for the loader to fill every slot there is
        }
        assertThat(Seen.of(pass.batch(), 16)).isEqualTo(before);
        assertThat(pass.batch().step()).isEqualTo(step);
        assertThat(pass.batch().pixels()[0] & 0xff).isEqualTo(5 * step);
      }
    }
  }

  @Test
  void slotsAreUsedAgain() {
    try (var pass = Loader.inOrder(Sample.numbered(240, 4, 4), 1).epoch(0, 0)) {
      List<byte[]> arrays = new ArrayList<>();
      while (pass.next()) {
        if (arrays.stream().noneMatch(array -> array == pass.batch().pixels())) {
          arrays.add(pass.batch().pixels());
        }
      }
      assertThat(arrays).hasSize(8);
    }
  }

  @Test
  void aFailureReachesTheUserAfterTheGoodBatches() {
    Batch[] slots = {new Batch(1, 1), new Batch(1, 1)};
    var fault = new ArithmeticException("of the loader");
    try (var pass =
        Loader.Epoch.start(
            slots,
            0,
            10,
            (step, slot) -> {
              if (step == 3) {
                throw fault;
              }
              slot.begin(step, 1);
            })) {
      for (int step = 0; step < 3; step++) {
        assertThat(pass.next()).isTrue();
        assertThat(pass.batch().step()).isEqualTo(step);
      }
      assertThatThrownBy(pass::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("step 3")
          .hasCause(fault);
      assertThatThrownBy(pass::batch).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aSlowLoaderAndASlowUserBothGetThrough() {
    for (boolean slowLoader : new boolean[] {true, false}) {
      Batch[] slots = {new Batch(1, 1), new Batch(1, 1), new Batch(1, 1)};
      int used = 0;
      try (var pass =
          Loader.Epoch.start(
              slots,
              2,
              30,
              (step, slot) -> {
                slot.begin(step, 1);
                pause(slowLoader);
              })) {
        for (; pass.next(); used++) {
          assertThat(pass.batch().step()).isEqualTo(2 + used);
          pause(!slowLoader);
        }
      }
      assertThat(used).isEqualTo(28);
    }
  }

  private static void pause(boolean really) {
    try {
      Thread.sleep(really ? 2 : 0);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void manyFastHandoversLoseNothing() {
    // no work on either side: the two threads meet at every edge of the ring
    for (int slotCount = 2; slotCount <= 8; slotCount++) {
      Batch[] slots =
          IntStream.range(0, slotCount).mapToObj(i -> new Batch(1, 1)).toArray(Batch[]::new);
      int used = 0;
      try (var pass = Loader.Epoch.start(slots, 0, 50_000, (step, slot) -> slot.begin(step, 1))) {
        for (; pass.next(); used++) {
          if (pass.batch().step() != used) {
            assertThat(pass.batch().step()).as("%d slots", slotCount).isEqualTo(used);
          }
        }
      }
      assertThat(used).isEqualTo(50_000);
    }
  }

  @Test
  void closingEarlyEndsTheThread() {
    for (int used = 0; used < 20; used++) {
      var pass = Loader.inOrder(Sample.numbered(200, 2, 2), 2).epoch(0, 0);
      for (int i = 0; i < used; i++) {
        assertThat(pass.next()).isTrue();
      }
      pass.close();
      pass.close();
      assertThatThrownBy(pass::next).isInstanceOf(IllegalStateException.class);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("crema-loader"));
  }

  @Test
  void noBatchBeforeTheFirstNext() {
    try (var pass = Loader.inOrder(Sample.numbered(4, 1, 1), 2).epoch(0, 0)) {
      assertThatThrownBy(pass::batch).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void sizesThatAllowNoBatchAreRefused() {
    Images images = Sample.numbered(4, 2, 2);
    assertThatThrownBy(() -> Loader.inOrder(images, 0)).hasMessageContaining("batch");
    assertThatThrownBy(() -> Loader.inOrder(images, 1).resize(1, 1 << 17))
        .hasMessageContaining("1 ... 65536 pixels");
    assertThatThrownBy(() -> Loader.inOrder(images, 5).dropLast(true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("4 images are no full batch of 5, and dropLast leaves out all others");
    assertThatThrownBy(() -> Loader.inOrder(images, 4).resize(40_000, 40_000))
        .hasMessageContaining("too big");
    assertThatThrownBy(() -> Loader.inOrder(images, 4).resize(0, 1)).hasMessageContaining("row");
    assertThatThrownBy(() -> Loader.inOrder(images, 4).augment(Augment.NONE.shift(2)))
        .hasMessageContaining("shift");
    assertThatThrownBy(() -> Loader.inOrder(images, 4).epoch(0, 2))
        .hasMessageContaining("first step of 0 ... 1");
  }
}
