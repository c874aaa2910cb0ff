package pinwatch.pins;

/** Base64 with padding (RFC 4648, 4), as strict as {@link Base64Url}: pins, and root keys as the command line prints them. */
final class Base64 {
    private Base64() {}

    /** @return null if the text is not strict base64 */
    static byte[] decode(String text) {
        if (text.length() % 4 != 0 || text.indexOf('-') >= 0 || text.indexOf('_') >= 0) {
            return null;
        }
        int end = text.length();
        while (end > text.length() - 2 && end > 0 && text.charAt(end - 1) == '=') {
            end--;
        }
        return Base64Url.decode(text.substring(0, end).replace('+', '-').replace('/', '_'));
    }

    static String encode(byte[] bytes) {
        StringBuilder text = new StringBuilder(Base64Url.encode(bytes).replace('-', '+').replace('_', '/'));
        while (text.length() % 4 != 0) {
            text.append('=');
        }
        return text.toString();
    }
}
