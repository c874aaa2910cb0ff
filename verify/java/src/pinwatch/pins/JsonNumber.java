package pinwatch.pins;

/** A number as the document writes it: {@code 1}, {@code 1.0} and {@code 1e0} are different texts, and only one is an integer. */
final class JsonNumber {
    /** The largest integer that every JSON reader keeps exact (RFC 8259, 6): 2^53 - 1. */
    static final long LARGEST = (1L << 53) - 1;

    private final String text;

    JsonNumber(String text) {
        this.text = text;
    }

    /** @return -1 unless it is written as digits alone and is at most {@link #LARGEST} */
    long integer() {
        // 2^53 - 1 has 16 digits, and the grammar allows no leading zeros.
        if (text.length() > 16) {
            return -1;
        }
        long value = 0;
        for (int index = 0; index < text.length(); index++) {
            char digit = text.charAt(index);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            value = value * 10 + (digit - '0');
        }
        return value <= LARGEST ? value : -1;
    }
}
