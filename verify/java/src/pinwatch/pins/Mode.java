package pinwatch.pins;

/** What an entry asks of the connections to its host. */
public enum Mode {
    /** A key on the path that the platform validated has to be among the entry's pins. */
    PINS("pins"),
    /** As {@link #PINS}, but a mismatch is only reported to the app. */
    OBSERVE("observe"),
    /** As {@link #PINS}, against the configuration's managed trust roots. */
    ROOTS("roots"),
    /** Not pinned. */
    OFF("off");

    private final String code;

    Mode(String code) {
        this.code = code;
    }

    /** The word of the wire format. */
    public String code() {
        return code;
    }

    /** @return null for an unknown word */
    static Mode ofCode(String code) {
        for (Mode mode : values()) {
            if (mode.code.equals(code)) {
                return mode;
            }
        }
        return null;
    }
}
