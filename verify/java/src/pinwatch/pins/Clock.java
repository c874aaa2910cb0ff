package pinwatch.pins;

/** The two clocks that a client reads. */
interface Clock {
    Clock SYSTEM = new Clock() {
        @Override
        public long seconds() {
            return System.currentTimeMillis() / 1_000;
        }

        @Override
        public long steadyMillis() {
            return System.nanoTime() / 1_000_000;
        }
    };

    /** Since 1970. People set this clock, so only staleness and the end of an unpinning depend on it. */
    long seconds();

    /** Of a clock that nobody sets; only differences mean something. */
    long steadyMillis();
}
