package pinwatch.pins;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/** From one configuration to the next. */
public final class Change {
    private final Configuration before;
    private final Configuration after;
    private final String deviceId;
    private final long at;

    /** @param before null if none was in force */
    Change(Configuration before, Configuration after, String deviceId, long at) {
        this.before = before;
        this.after = after;
        this.deviceId = deviceId;
        this.at = at;
    }

    /** The configuration that is in force now. */
    public Configuration configuration() {
        return after;
    }

    /** Whether something else is asked of connections to this host than before. */
    public boolean affects(String host) {
        Decision earlier = before == null ? Decision.NOT_PINNED : before.decide(host, deviceId, at);
        return !earlier.equals(after.decide(host, deviceId, at));
    }

    /**
     * The names of entries that are new, gone or different; also those in mode {@code roots} if these have changed.
     * Other hosts may be affected, too: below an entry with {@code sub}, or by {@code default}. See {@link #affects}.
     */
    public Set<String> entries() {
        Set<String> names = new TreeSet<>(after.hosts());
        if (before == null) {
            return names;
        }
        names.addAll(before.hosts());
        Set<String> changed = new TreeSet<>();
        for (String name : names) {
            Entry earlier = before.entry(name);
            Entry later = after.entry(name);
            boolean isSame = earlier != null && earlier.equals(later)
                && (later.mode != Mode.ROOTS || before.roots().equals(after.roots()));
            if (!isSame) {
                changed.add(name);
            }
        }
        return Collections.unmodifiableSet(changed);
    }
}
