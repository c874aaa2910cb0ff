package pinwatch.pins;

/** What a {@link Fetcher} got: a body, or that it is the same as before. */
public final class Fetched {
    private final byte[] body;
    private final String etag;

    private Fetched(byte[] body, String etag) {
        this.body = body;
        this.etag = etag;
    }

    /** 304. */
    public static Fetched notModified() {
        return new Fetched(null, null);
    }

    /**
     * 200.
     *
     * @param body without its content coding; of a body above {@link Bundle#MOST_BYTES}, one byte more is enough
     * @param etag null if the answer had none
     */
    public static Fetched of(byte[] body, String etag) {
        return new Fetched(body, etag);
    }

    /** @return null for 304 */
    byte[] body() {
        return body;
    }

    String etag() {
        return etag;
    }
}
