package pinwatch.pins;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;

/** What is asked of the connections to one host at one moment. Equal decisions ask the same. */
public final class Decision {
    static final Decision NOT_PINNED = new Decision(Collections.<String>emptySet(), false, false);

    private final Set<String> pins;
    private final boolean isPinned;
    private final boolean isEnforced;

    private Decision(Set<String> pins, boolean isPinned, boolean isEnforced) {
        this.pins = pins;
        this.isPinned = isPinned;
        this.isEnforced = isEnforced;
    }

    static Decision enforce(Set<String> pins) {
        return new Decision(pins, true, true);
    }

    static Decision observe(Set<String> pins) {
        return new Decision(pins, true, false);
    }

    /** False: the platform's own trust is all that is asked. */
    public boolean isPinned() {
        return isPinned;
    }

    /** False, too, if a mismatch is only to be reported. */
    public boolean isEnforced() {
        return isEnforced;
    }

    /** See {@link Pin}. One of them has to be on the path. Never empty if {@link #isPinned}. */
    public Set<String> pins() {
        return pins;
    }

    /**
     * @param path the pins of the keys on the path that the platform <em>validated</em>. What the server sent may
     *     contain any certificate; on Android, {@code X509TrustManagerExtensions} returns the path
     */
    public Verdict judge(Collection<String> path) {
        if (!isPinned) {
            return Verdict.NOT_PINNED;
        }
        for (String pin : path) {
            if (pins.contains(pin)) {
                return Verdict.ALLOWED;
            }
        }
        return isEnforced ? Verdict.MISMATCH : Verdict.REPORTED;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Decision
            && isPinned == ((Decision) other).isPinned
            && isEnforced == ((Decision) other).isEnforced
            && pins.equals(((Decision) other).pins);
    }

    @Override
    public int hashCode() {
        return pins.hashCode() * 2 + (isEnforced ? 1 : 0);
    }
}
