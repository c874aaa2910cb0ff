package pinwatch.pins;

/** Why a bundle was not accepted. What was in force before stays in force. */
public enum Refusal {
    /** More than 262,144 bytes. */
    TOO_LARGE("too_large"),
    /** Not two lines of the required form, or a header, claim or entry that is not in form. */
    MALFORMED("malformed"),
    /** The key statement is not signed by a root key of this app. */
    UNKNOWN_ROOT("unknown_root"),
    /** The configuration is not signed by a key of the key statement. */
    UNKNOWN_KEY("unknown_key"),
    /** A signature does not verify. */
    BAD_SIGNATURE("bad_signature"),
    /** Another version of the format. */
    UNSUPPORTED("unsupported"),
    /** Another channel's bundle. */
    WRONG_AUDIENCE("wrong_audience"),
    /** Older than the bundle in force. */
    ROLLBACK("rollback"),
    /** As new as the bundle in force, with other contents. */
    CONFLICT("conflict");

    private final String code;

    Refusal(String code) {
        this.code = code;
    }

    /** The code as the specification and the test vectors write it, such as {@code too_large}. */
    public String code() {
        return code;
    }
}
