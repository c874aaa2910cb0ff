package pinwatch.pins;

/** A clock that a test moves. */
public final class HandClock implements Clock {
    private volatile long millis = TestAccount.ISSUED_AT * 1_000;

    @Override
    public long seconds() {
        return millis / 1_000;
    }

    @Override
    public long steadyMillis() {
        return millis;
    }

    public void move(long seconds) {
        millis += seconds * 1_000;
    }
}
