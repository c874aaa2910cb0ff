package pinwatch.pins;

/** The name of an account's channel: 26 base32 characters (RFC 4648, 6) in lower case, random. */
final class ChannelId {
    private static final int LENGTH = 26;

    private ChannelId() {}

    static boolean isInForm(String text) {
        if (text.length() != LENGTH) {
            return false;
        }
        for (int index = 0; index < LENGTH; index++) {
            char letter = text.charAt(index);
            if (!(letter >= 'a' && letter <= 'z' || letter >= '2' && letter <= '7')) {
                return false;
            }
        }
        return true;
    }
}
