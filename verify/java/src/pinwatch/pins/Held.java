package pinwatch.pins;

/** What a client has to know of the bundle that it holds, to judge the next one. */
final class Held {
    final Tuple tuple;
    /** The payloads of both lines, in base64url as they stand there. */
    private final String keys;
    private final String configuration;

    Held(Tuple tuple, String keys, String configuration) {
        this.tuple = tuple;
        this.keys = keys;
        this.configuration = configuration;
    }

    /**
     * @return false if the next bundle says the same
     * @throws RefusedException {@code rollback} if it is older; {@code conflict} if it is as new and says something else
     */
    boolean isReplacedBy(Held next) throws RefusedException {
        int order = next.tuple.compareTo(tuple);
        if (order < 0) {
            throw new RefusedException(Refusal.ROLLBACK, "expected " + tuple + " or later, found " + next.tuple);
        }
        if (order == 0 && !(next.keys.equals(keys) && next.configuration.equals(configuration))) {
            throw new RefusedException(Refusal.CONFLICT, "found other contents for the same " + tuple);
        }
        return order > 0;
    }
}
