package pinwatch.pins;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

public final class PollingTest {
    /** Runs what is due when the test says so, on its thread. */
    private static final class HandScheduler extends ScheduledThreadPoolExecutor {
        final List<Long> delays = new ArrayList<>();
        Runnable next;

        HandScheduler() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
            delays.add(unit.toMillis(delay));
            next = work;
            return new ScheduledFuture<Object>() {
                @Override
                public boolean cancel(boolean mayInterrupt) {
                    if (next == work) {
                        next = null;
                    }
                    return true;
                }

                @Override
                public long getDelay(TimeUnit asked) {
                    return 0;
                }

                @Override
                public int compareTo(Delayed other) {
                    return 0;
                }

                @Override
                public boolean isCancelled() {
                    return next != work;
                }

                @Override
                public boolean isDone() {
                    return false;
                }

                @Override
                public Object get() {
                    return null;
                }

                @Override
                public Object get(long timeout, TimeUnit unit) {
                    return null;
                }
            };
        }

        void runNext() {
            Runnable work = next;
            next = null;
            work.run();
        }
    }

    public static void spreadsByAFifth() {
        Check.equal(144_000L, Polling.delayMillis(180, 0));
        Check.equal(180_000L, Polling.delayMillis(180, 0.5));
        Check.equal(216_000L, Polling.delayMillis(180, 1));
    }

    public static void pollsWhileTheAppIsActive() throws Exception {
        TestAccount account = new TestAccount();
        HandScheduler scheduler = new HandScheduler();
        try (TemporaryFolder folder = new TemporaryFolder(); BundleServer server = new BundleServer();
            PinClient client = new PinClientBuilder(TestAccount.CHANNEL)
                .root(Base64.encode(account.root.point()))
                .url(server.url())
                .store(new FileStore(folder.path))
                .executor(scheduler)
                .build()) {
            server.serve(account.publish(1, "{},\"refresh\":1000"), "\"1\"");
            Check.equal(0, scheduler.delays.size());
            client.resume();
            client.resume();
            Check.equal("[0]", scheduler.delays.toString());
            scheduler.runNext();
            scheduler.runNext();
            Check.equal(2, server.requests().size());
            Check.equal(3, scheduler.delays.size());
            for (long delay : scheduler.delays.subList(1, 3)) {
                Check.holds(delay >= 800_000 && delay <= 1_200_000, "refresh ± 20 %, found " + delay);
            }
            client.pause();
            Check.equal(null, scheduler.next);
            client.resume();
            Check.equal(0L, scheduler.delays.get(3));
            // A server that fails is asked again as usual.
            server.fail(503);
            scheduler.runNext();
            Check.holds(scheduler.next != null, "another poll");
        }
    }

    public static void pollsByItself() throws Exception {
        TestAccount account = new TestAccount();
        CountDownLatch changed = new CountDownLatch(1);
        PinListener counting = new PinListener() {
            @Override
            public void changed(Change change) {
                changed.countDown();
            }
        };
        try (TemporaryFolder folder = new TemporaryFolder(); BundleServer server = new BundleServer();
            PinClient client = new PinClientBuilder(TestAccount.CHANNEL)
                .root(Base64.encode(account.root.point()))
                .url(server.url())
                .store(new FileStore(folder.path))
                .listener(counting)
                .build()) {
            server.serve(account.publish(1, "{}"), "\"1\"");
            client.resume();
            changed.await();
            Check.equal(1L, client.status().tuple().version());
        }
    }
}
