package pinwatch.pins;

/** How new a bundle is: generation, version and time of issue, compared in this order. It never falls. */
public final class Tuple implements Comparable<Tuple> {
    private final long generation;
    private final long version;
    private final long issuedAt;

    /** @param issuedAt the configuration's, seconds since 1970 */
    Tuple(long generation, long version, long issuedAt) {
        this.generation = generation;
        this.version = version;
        this.issuedAt = issuedAt;
    }

    /** Rises with each key statement: a new one outranks whatever a stolen signing key has signed. */
    public long generation() {
        return generation;
    }

    public long version() {
        return version;
    }

    /** Seconds since 1970. */
    public long issuedAt() {
        return issuedAt;
    }

    @Override
    public int compareTo(Tuple other) {
        if (generation != other.generation) {
            return Long.compare(generation, other.generation);
        }
        return version != other.version ? Long.compare(version, other.version) : Long.compare(issuedAt, other.issuedAt);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tuple && compareTo((Tuple) other) == 0;
    }

    @Override
    public int hashCode() {
        return (int) (generation * 31 + version * 17 + issuedAt);
    }

    @Override
    public String toString() {
        return "(" + generation + ", " + version + ", " + issuedAt + ")";
    }
}
