package pinwatch.pins;

import java.io.IOException;
import java.util.List;

/** Fetches bundles, one round at a time: the URLs in their order, until one has an answer that is not refused. */
final class Downloads {
    /** Between fetches that a mismatch causes. */
    private static final long MISMATCH_PAUSE_MILLIS = 30_000;
    private static final long SECONDS_OF_DAY = 86_400;

    private final List<String> urls;
    private final Fetcher fetcher;
    private final InForce inForce;
    private final FetchMemory memory;
    private final Listeners listeners;
    private final Clock clock;
    private final String deviceId;
    /** When the last fetch for a mismatch ended; null if there was none. */
    private Long lastForMismatch;

    /** @param deviceId null if this installation has none */
    Downloads(
        List<String> urls, Fetcher fetcher, InForce inForce, FetchMemory memory, Listeners listeners, Clock clock,
        String deviceId) {
        this.urls = urls;
        this.fetcher = fetcher;
        this.inForce = inForce;
        this.memory = memory;
        this.listeners = listeners;
        this.clock = clock;
        this.deviceId = deviceId;
    }

    /** A round now, after one that is in progress. */
    synchronized void fetch() {
        for (String url : urls) {
            if (isAnswered(url)) {
                return;
            }
        }
    }

    /** As {@link #fetch}, but not within 30 s of the last one of this kind: a mismatch may come with every request. */
    synchronized void fetchForMismatch() {
        if (lastForMismatch != null && clock.steadyMillis() - lastForMismatch < MISMATCH_PAUSE_MILLIS) {
            return;
        }
        try {
            fetch();
        } finally {
            // From its end, so that requests that waited for it don't fetch again, however long it took.
            lastForMismatch = clock.steadyMillis();
        }
    }

    private boolean isAnswered(String url) {
        try {
            return isAccepted(url, get(url));
        } catch (IOException error) {
            listeners.unreachable(url, error);
        } catch (RefusedException refusal) {
            listeners.refused(url, refusal);
        }
        return false;
    }

    /** The first fetch of each day says which version is held, so that versions in use can be counted, and no devices. */
    private Fetched get(String url) throws IOException {
        Bundle held = inForce.bundle();
        long today = clock.seconds() / SECONDS_OF_DAY;
        boolean isFirstOfDay = held != null && !memory.isCounted(today);
        String query = isFirstOfDay ? "?v=" + held.tuple().version() : "";
        Fetched fetched = fetcher.fetch(url + query, memory.etag(url, held));
        if (isFirstOfDay) {
            memory.count(today);
        }
        return fetched;
    }

    private boolean isAccepted(String url, Fetched fetched) throws RefusedException {
        if (fetched.body() != null) {
            Bundle before = inForce.offer(fetched.body());
            Bundle now = inForce.bundle();
            memory.remember(url, fetched.etag(), now);
            if (before != now) {
                Configuration earlier = before == null ? null : before.configuration();
                listeners.changed(new Change(earlier, now.configuration(), deviceId, clock.seconds()));
            }
        }
        return true;
    }
}
