package pinwatch.pins;

/** A bundle was refused. An expected outcome with hostile input, so it has no stack trace, which would be costly. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Refusal refusal;

    /** @param detail what was expected, and at which place; for a log */
    RefusedException(Refusal refusal, String detail) {
        super(refusal.code() + ": " + detail, null, false, false);
        this.refusal = refusal;
    }

    static RefusedException malformed(String detail) {
        return new RefusedException(Refusal.MALFORMED, detail);
    }

    public Refusal refusal() {
        return refusal;
    }
}
