package pinwatch.pins;

/** A bundle was refused. An expected outcome with hostile input, so it has no stack trace, which would be costly. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Refusal refusal;

    /** @param detail what was expected, and at which place; for a log */
    RefusedException(Refusal refusal, String detail) {
        super(refusal.code() + ": " + detail);
        this.refusal = refusal;
    }

    /** Android has the constructor that does this from API level 24 only. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }

    static RefusedException malformed(String detail) {
        return new RefusedException(Refusal.MALFORMED, detail);
    }

    public Refusal refusal() {
        return refusal;
    }
}
