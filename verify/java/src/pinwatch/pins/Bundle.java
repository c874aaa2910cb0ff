package pinwatch.pins;

/** A bundle whose signatures and forms have been verified; not compared with what the client holds. */
public final class Bundle {
    /** Bytes of the largest bundle. */
    public static final int MOST_BYTES = 262_144;

    private final byte[] bytes;
    private final Configuration configuration;
    private final Held held;

    Bundle(byte[] bytes, Configuration configuration, Held held) {
        this.bytes = bytes;
        this.configuration = configuration;
        this.held = held;
    }

    /** As received: what is stored, and verified again at the next start. */
    public byte[] bytes() {
        return bytes.clone();
    }

    public Configuration configuration() {
        return configuration;
    }

    public Tuple tuple() {
        return held.tuple;
    }

    Held held() {
        return held;
    }
}
