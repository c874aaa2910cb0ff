package pinwatch.pins;

import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Fetches at once when it starts, and then every {@code refresh} ± 20 %, so that a million apps don't come together. */
final class Polling {
    private static final double SPREAD = 0.2;

    private final ScheduledExecutorService executor;
    private final Downloads downloads;
    private final InForce inForce;
    private final Random random = new Random();
    private boolean isActive;
    private Future<?> next;

    Polling(ScheduledExecutorService executor, Downloads downloads, InForce inForce) {
        this.executor = executor;
        this.downloads = downloads;
        this.inForce = inForce;
    }

    synchronized void start() {
        if (!isActive) {
            isActive = true;
            schedule(0);
        }
    }

    synchronized void stop() {
        isActive = false;
        if (next != null) {
            next.cancel(false);
        }
    }

    /** @param chance from 0 to 1 */
    static long delayMillis(long refreshSeconds, double chance) {
        return Math.round(refreshSeconds * 1_000 * (1 - SPREAD + 2 * SPREAD * chance));
    }

    private void poll() {
        try {
            downloads.fetch();
        } finally {
            scheduleNext();
        }
    }

    private synchronized void scheduleNext() {
        if (isActive) {
            Bundle bundle = inForce.bundle();
            long refresh = bundle == null ? Configuration.DEFAULT_REFRESH : bundle.configuration().refresh();
            schedule(delayMillis(refresh, random.nextDouble()));
        }
    }

    private void schedule(long delayMillis) {
        if (next != null) {
            next.cancel(false);
        }
        next = executor.schedule(new Runnable() {
            @Override
            public void run() {
                poll();
            }
        }, delayMillis, TimeUnit.MILLISECONDS);
    }
}
