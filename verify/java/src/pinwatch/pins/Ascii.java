package pinwatch.pins;

import java.nio.charset.StandardCharsets;

/** Text that is ASCII by definition. */
final class Ascii {
    private Ascii() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** One char for each octet. An octet above 127 becomes a char that no ASCII text has, so it stays visible. */
    static String text(byte[] bytes, int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    /** Only the letters A to Z. {@code toLowerCase} would turn the Kelvin sign into a k. */
    static String lowerCase(String text) {
        StringBuilder lower = new StringBuilder(text);
        for (int index = 0; index < lower.length(); index++) {
            char letter = lower.charAt(index);
            if (letter >= 'A' && letter <= 'Z') {
                lower.setCharAt(index, (char) (letter | 0x20));
            }
        }
        return lower.toString();
    }
}
