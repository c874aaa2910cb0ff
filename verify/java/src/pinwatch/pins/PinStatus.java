package pinwatch.pins;

/** What is in force, for a screen or a log. */
public final class PinStatus {
    /** How a client is doing. */
    public enum State {
        /** No configuration: nothing is pinned. A floor prevents it. */
        EMPTY,
        /** Within its validity. */
        FRESH,
        /** Past it. Still enforced, unless the configuration says otherwise. */
        STALE
    }

    private final State state;
    private final Tuple tuple;

    PinStatus(State state, Tuple tuple) {
        this.state = state;
        this.tuple = tuple;
    }

    public State state() {
        return state;
    }

    /** @return null if the state is {@code EMPTY} */
    public Tuple tuple() {
        return tuple;
    }
}
