package pinwatch.pins;

import java.io.Closeable;
import java.util.Collection;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Keeps an account's pins current in an app. Make one per process with {@link PinClientBuilder}: it has then verified the
 * floor and what was stored, and {@link #decide} answers before any network. {@link #resume} starts the polls.
 */
public final class PinClient implements Closeable {
    private final InForce inForce;
    private final Downloads downloads;
    private final Polling polling;
    private final ScheduledExecutorService executor;
    private final Listeners listeners;
    private final Clock clock;
    private final String deviceId;

    PinClient(
        InForce inForce, Downloads downloads, ScheduledExecutorService executor, Listeners listeners, Clock clock,
        String deviceId) {
        this.inForce = inForce;
        this.downloads = downloads;
        this.polling = new Polling(executor, downloads, inForce);
        this.executor = executor;
        this.listeners = listeners;
        this.clock = clock;
        this.deviceId = deviceId;
    }

    /** Call it when the app starts or comes to the foreground: fetches in the background, at once and then regularly. */
    public void resume() {
        polling.start();
    }

    /** Call it when the app leaves the foreground. What is in force stays in force. */
    public void pause() {
        polling.stop();
    }

    /** Fetches now, on this thread; a few seconds at most for each URL if none answers. */
    public void refresh() {
        downloads.fetch();
    }

    /** What is asked of connections to this host now. Never waits. */
    public Decision decide(String host) {
        Bundle bundle = inForce.bundle();
        return bundle == null
            ? Decision.NOT_PINNED
            : bundle.configuration().decide(host, deviceId, clock.seconds());
    }

    /**
     * Whether a connection may be used. Tells the listeners of a mismatch.
     *
     * @param path the pins of the keys on the path that the platform validated, leaf first; see {@link Pin}
     */
    public Verdict check(String host, Collection<String> path) {
        Verdict verdict = decide(host).judge(path);
        if (verdict == Verdict.MISMATCH || verdict == Verdict.REPORTED) {
            reportMismatch(host, path, verdict == Verdict.MISMATCH);
        }
        return verdict;
    }

    /** For integrations that compare pins themselves: tells the listeners. See {@link PinListener#mismatch}. */
    public void reportMismatch(String host, Collection<String> path, boolean isEnforced) {
        listeners.mismatch(host, path, isEnforced);
    }

    /**
     * After a mismatch: fetches, at most every 30 s, on this thread and without pins.
     *
     * @param used the decision that was not met
     * @return whether something else is asked now, so that it is worth to connect once more, and only once
     */
    public boolean recover(String host, Decision used) {
        if (decide(host).equals(used)) {
            downloads.fetchForMismatch();
        }
        return !decide(host).equals(used);
    }

    public PinStatus status() {
        Bundle bundle = inForce.bundle();
        if (bundle == null) {
            return new PinStatus(PinStatus.State.EMPTY, null);
        }
        boolean isStale = bundle.configuration().isStale(clock.seconds());
        return new PinStatus(isStale ? PinStatus.State.STALE : PinStatus.State.FRESH, bundle.tuple());
    }

    public void addListener(PinListener listener) {
        listeners.add(listener);
    }

    /** Ends the polls for good. Decisions go on. */
    @Override
    public void close() {
        polling.stop();
        executor.shutdownNow();
    }
}
