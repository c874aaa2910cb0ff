package pinwatch.pins;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Strict JSON (RFC 8259) in UTF-8: no byte order mark, no duplicate members, no lone surrogates, 16 levels at most.
 * Objects are {@code Map<String, Object>}, arrays {@code List<Object>}, strings {@code String}, numbers {@link JsonNumber},
 * true and false {@code Boolean}, null {@link #NULL}. Readers that differ in what they make of odd JSON would differ
 * in which pins are in force, so all of it is refused. (Android's org.json accepts comments, single quotes and duplicates.)
 */
final class Json {
    static final Object NULL = new Object();

    private static final int DEEPEST = 16;

    private final String text;
    private final int mostMembers;
    private int at;

    private Json(String text, int mostMembers) {
        this.text = text;
        this.mostMembers = mostMembers;
    }

    /** @throws RefusedException {@code malformed}, with the offset in UTF-16 units */
    static Object parse(byte[] utf8) throws RefusedException {
        return parse(utf8, Integer.MAX_VALUE);
    }

    /** @param mostMembers an object with more members is refused without reading on */
    static Object parse(byte[] utf8, int mostMembers) throws RefusedException {
        Json json = new Json(decode(utf8), mostMembers);
        json.skipSpace();
        Object value = json.value(1);
        json.skipSpace();
        if (json.at != json.text.length()) {
            throw json.expected("the end");
        }
        return value;
    }

    private static String decode(byte[] utf8) throws RefusedException {
        try {
            return StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(utf8))
                .toString();
        } catch (CharacterCodingException error) {
            throw RefusedException.malformed("JSON: expected UTF-8");
        }
    }

    private Object value(int depth) throws RefusedException {
        switch (peek()) {
            case '{':
                return object(depth);
            case '[':
                return array(depth);
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", NULL);
            default:
                return number();
        }
    }

    private Map<String, Object> object(int depth) throws RefusedException {
        enter(depth);
        Map<String, Object> members = new LinkedHashMap<>();
        if (isTaken('}')) {
            return members;
        }
        do {
            skipSpace();
            if (peek() != '"') {
                throw expected("a member's name");
            }
            String name = string();
            skipSpace();
            take(':');
            skipSpace();
            if (members.containsKey(name)) {
                throw expected("each member once");
            }
            if (members.size() == mostMembers) {
                throw expected("at most " + mostMembers + " members");
            }
            members.put(name, value(depth + 1));
            skipSpace();
        } while (isTaken(','));
        take('}');
        return members;
    }

    private List<Object> array(int depth) throws RefusedException {
        enter(depth);
        List<Object> items = new ArrayList<>();
        if (isTaken(']')) {
            return items;
        }
        do {
            skipSpace();
            items.add(value(depth + 1));
            skipSpace();
        } while (isTaken(','));
        take(']');
        return items;
    }

    /** Takes the opening bracket and white space. */
    private void enter(int depth) throws RefusedException {
        if (depth > DEEPEST) {
            throw expected("at most " + DEEPEST + " levels");
        }
        at++;
        skipSpace();
    }

    private String string() throws RefusedException {
        at++;
        StringBuilder value = new StringBuilder();
        while (true) {
            char letter = next();
            if (letter == '"') {
                break;
            }
            if (letter < ' ') {
                throw expected("no control character in a string");
            }
            value.append(letter == '\\' ? escaped() : letter);
        }
        refuseLoneSurrogates(value);
        return value.toString();
    }

    private char escaped() throws RefusedException {
        char letter = next();
        switch (letter) {
            case '"':
            case '\\':
            case '/':
                return letter;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                int unit = 0;
                for (int digit = 0; digit < 4; digit++) {
                    unit = unit << 4 | hexadecimal(next());
                }
                return (char) unit;
            default:
                throw expected("an escape of JSON");
        }
    }

    /** Character.digit would take digits of other scripts, too. */
    private int hexadecimal(char digit) throws RefusedException {
        if (digit >= '0' && digit <= '9') {
            return digit - '0';
        }
        int letter = digit | 0x20;
        if (digit < 128 && letter >= 'a' && letter <= 'f') {
            return letter - 'a' + 10;
        }
        throw expected("a hexadecimal digit");
    }

    private void refuseLoneSurrogates(CharSequence value) throws RefusedException {
        for (int index = 0; index < value.length(); index++) {
            char unit = value.charAt(index);
            boolean isPair = Character.isHighSurrogate(unit)
                && index + 1 < value.length()
                && Character.isLowSurrogate(value.charAt(index + 1));
            if (isPair) {
                index++;
            } else if (Character.isSurrogate(unit)) {
                throw expected("no lone surrogate in a string");
            }
        }
    }

    private JsonNumber number() throws RefusedException {
        int start = at;
        isTaken('-');
        if (!isTaken('0')) {
            digits();
        }
        if (isTaken('.')) {
            digits();
        }
        if (isTaken('e') || isTaken('E')) {
            if (!isTaken('+')) {
                isTaken('-');
            }
            digits();
        }
        return new JsonNumber(text.substring(start, at));
    }

    /** One or more. */
    private void digits() throws RefusedException {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw expected("a JSON value");
        }
    }

    private Object word(String word, Object value) throws RefusedException {
        if (!text.startsWith(word, at)) {
            throw expected("a JSON value");
        }
        at += word.length();
        return value;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void take(char letter) throws RefusedException {
        if (!isTaken(letter)) {
            throw expected("'" + letter + "'");
        }
    }

    private boolean isTaken(char letter) {
        boolean is = at < text.length() && text.charAt(at) == letter;
        if (is) {
            at++;
        }
        return is;
    }

    private char peek() throws RefusedException {
        if (at >= text.length()) {
            throw expected("a JSON value");
        }
        return text.charAt(at);
    }

    private char next() throws RefusedException {
        if (at >= text.length()) {
            throw expected("the end of a string");
        }
        return text.charAt(at++);
    }

    private RefusedException expected(String what) {
        return RefusedException.malformed("JSON at " + at + ": expected " + what);
    }
}
