package pinwatch.pins;

/** Host names as configurations and apps write them. */
final class HostName {
    private static final int LONGEST = 253;
    private static final int LONGEST_LABEL = 63;

    private HostName() {}

    /**
     * The name of an entry: A-labels in lower case (RFC 5890, 2.3.2.1), two or more, and no IP address. A last label
     * of digits, or of {@code 0x} and hexadecimal digits, makes an IPv4 address (WHATWG URL, "ends in a number").
     */
    static boolean isEntryName(String name) {
        if (name.length() > LONGEST) {
            return false;
        }
        int labels = 0;
        int start = 0;
        while (true) {
            int dot = name.indexOf('.', start);
            String label = name.substring(start, dot < 0 ? name.length() : dot);
            if (!isLabel(label)) {
                return false;
            }
            labels++;
            if (dot < 0) {
                return labels >= 2 && !isNumber(label);
            }
            start = dot + 1;
        }
    }

    /** As entries are looked up: lower case, without one trailing dot. */
    static String canonical(String host) {
        String lower = Ascii.lowerCase(host);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** @return null for a name of one label */
    static String parent(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? null : name.substring(dot + 1);
    }

    private static boolean isLabel(String label) {
        int length = label.length();
        if (length == 0 || length > LONGEST_LABEL || label.charAt(0) == '-' || label.charAt(length - 1) == '-') {
            return false;
        }
        for (int index = 0; index < length; index++) {
            char letter = label.charAt(index);
            boolean isAllowed =
                letter >= 'a' && letter <= 'z' || letter >= '0' && letter <= '9' || letter == '_' || letter == '-';
            if (!isAllowed) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(String label) {
        boolean isHexadecimal = label.startsWith("0x");
        for (int index = isHexadecimal ? 2 : 0; index < label.length(); index++) {
            char letter = label.charAt(index);
            boolean isDigit = letter >= '0' && letter <= '9' || isHexadecimal && letter >= 'a' && letter <= 'f';
            if (!isDigit) {
                return false;
            }
        }
        return true;
    }
}
