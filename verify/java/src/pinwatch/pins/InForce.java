package pinwatch.pins;

import java.io.IOException;

/** The bundle in force: the newest of the floor, what was stored, and what has been fetched. Its tuple never falls. */
final class InForce {
    private static final String STORED = "bundle";

    private final BundleVerifier verifier;
    private final Store store;
    private final PinListener listener;
    /** Null in the state {@code empty}. */
    private volatile Bundle bundle;

    InForce(BundleVerifier verifier, Store store, PinListener listener) {
        this.verifier = verifier;
        this.store = store;
        this.listener = listener;
    }

    Bundle bundle() {
        return bundle;
    }

    /**
     * Loads the floor and what was stored, and verifies both. A stored bundle that is refused (damaged, or of a channel
     * or root that this release of the app no longer has) is as good as none.
     *
     * @param floor null if the app has none
     */
    synchronized void load(byte[] floor) {
        Bundle least = verified(floor, "floor");
        Bundle stored = verified(stored(), "store");
        boolean isStoredNewer = least == null || stored != null && stored.tuple().compareTo(least.tuple()) >= 0;
        bundle = isStoredNewer ? stored : least;
    }

    private byte[] stored() {
        try {
            return store.read(STORED);
        } catch (IOException error) {
            listener.storeFailed(error);
            return null;
        }
    }

    private Bundle verified(byte[] bytes, String source) {
        try {
            return bytes == null ? null : verifier.verify(bytes);
        } catch (RefusedException refusal) {
            listener.refused(source, refusal);
            return null;
        }
    }

    /**
     * Puts a bundle in force if it is newer than the present one: stores it, then applies it. If it cannot be stored, it
     * is applied nevertheless. The next start then has the older one, as if this one had not been fetched.
     *
     * @return the bundle that was in force before; the same as now if this one says the same
     */
    synchronized Bundle offer(byte[] bytes) throws RefusedException {
        Bundle next = verifier.verify(bytes);
        Bundle before = bundle;
        if (before == null || before.held().isReplacedBy(next.held())) {
            try {
                store.write(STORED, bytes);
            } catch (IOException error) {
                listener.storeFailed(error);
            }
            bundle = next;
        }
        return before;
    }
}
