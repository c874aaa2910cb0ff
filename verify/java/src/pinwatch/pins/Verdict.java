package pinwatch.pins;

/** Whether a connection may be used. */
public enum Verdict {
    /** A key on the path is pinned. */
    ALLOWED,
    /** None is: close the connection before anything is sent. */
    MISMATCH,
    /** None is, but the entry only observes: tell the app, and go on. */
    REPORTED,
    /** Nothing is asked of this host beyond the platform's trust. */
    NOT_PINNED;

    /** False for {@link #MISMATCH} alone. */
    public boolean mayConnect() {
        return this != MISMATCH;
    }
}
