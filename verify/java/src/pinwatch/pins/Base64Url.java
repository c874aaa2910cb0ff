package pinwatch.pins;

import java.util.Arrays;

/**
 * Base64url without padding (RFC 4648, 5; RFC 7515, 2), strict: each sequence of bytes has one text only.
 * {@code java.util.Base64} exists on Android from API level 26, and accepts unused bits that are not zero.
 */
final class Base64Url {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int value = 0; value < ALPHABET.length(); value++) {
            VALUES[ALPHABET.charAt(value)] = (byte) value;
        }
    }

    private Base64Url() {}

    /** @return null if the text is not strict base64url */
    static byte[] decode(String text) {
        int length = text.length();
        int rest = length % 4;
        if (rest == 1) {
            return null;
        }
        byte[] bytes = new byte[length / 4 * 3 + (rest == 0 ? 0 : rest - 1)];
        int bits = 0;
        int held = 0;
        int at = 0;
        for (int index = 0; index < length; index++) {
            char letter = text.charAt(index);
            int value = letter < 128 ? VALUES[letter] : -1;
            if (value < 0) {
                return null;
            }
            held = held << 6 | value;
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                bytes[at++] = (byte) (held >> bits);
                held &= (1 << bits) - 1;
            }
        }
        return held == 0 ? bytes : null;
    }

    /** @return null if the text is not strict base64url of exactly so many bytes */
    static byte[] decode(String text, int byteCount) {
        byte[] bytes = decode(text);
        return bytes != null && bytes.length == byteCount ? bytes : null;
    }

    static String encode(byte[] bytes) {
        StringBuilder text = new StringBuilder((bytes.length * 4 + 2) / 3);
        int bits = 0;
        int held = 0;
        for (byte one : bytes) {
            held = held << 8 | one & 0xff;
            bits += 8;
            while (bits >= 6) {
                bits -= 6;
                text.append(ALPHABET.charAt(held >> bits & 63));
            }
            held &= (1 << bits) - 1;
        }
        if (bits > 0) {
            text.append(ALPHABET.charAt(held << 6 - bits & 63));
        }
        return text.toString();
    }
}
