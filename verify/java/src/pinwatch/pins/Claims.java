package pinwatch.pins;

import java.util.List;
import java.util.Map;

/** Reads members of a JSON object, each in its form. A member that is there has to be in form; null never is. */
final class Claims {
    private final Map<?, ?> members;
    private final String place;

    private Claims(Map<?, ?> members, String place) {
        this.members = members;
        this.place = place;
    }

    /** @param place where the object is, for messages, such as {@code devices[0]} */
    static Claims of(Object value, String place) throws RefusedException {
        if (!(value instanceof Map)) {
            throw RefusedException.malformed(place + ": expected an object");
        }
        return new Claims((Map<?, ?>) value, place);
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    int size() {
        return members.size();
    }

    long integer(String name, long least, long most) throws RefusedException {
        Object value = members.get(name);
        long number = value instanceof JsonNumber ? ((JsonNumber) value).integer() : -1;
        if (number < least || number > most) {
            throw expected(name, "an integer from " + least + " to " + most);
        }
        return number;
    }

    long integer(String name, long least, long most, long leftOut) throws RefusedException {
        return has(name) ? integer(name, least, most) : leftOut;
    }

    String string(String name) throws RefusedException {
        Object value = members.get(name);
        if (!(value instanceof String)) {
            throw expected(name, "a string");
        }
        return (String) value;
    }

    /** One of two words. The first is the default. */
    boolean isSecond(String name, String first, String second) throws RefusedException {
        if (!has(name)) {
            return false;
        }
        String value = string(name);
        if (!value.equals(first) && !value.equals(second)) {
            throw expected(name, first + " or " + second);
        }
        return value.equals(second);
    }

    /** False if it is left out. */
    boolean flag(String name) throws RefusedException {
        if (!has(name)) {
            return false;
        }
        Object value = members.get(name);
        if (!(value instanceof Boolean)) {
            throw expected(name, "true or false");
        }
        return (Boolean) value;
    }

    byte[] base64Url(String name, int byteCount) throws RefusedException {
        byte[] bytes = Base64Url.decode(string(name), byteCount);
        if (bytes == null) {
            throw expected(name, byteCount + " bytes in base64url");
        }
        return bytes;
    }

    List<?> list(String name, int least, int most) throws RefusedException {
        Object value = members.get(name);
        int size = value instanceof List ? ((List<?>) value).size() : -1;
        if (size < least || size > most) {
            throw expected(name, "an array of " + least + " to " + most);
        }
        return (List<?>) value;
    }

    Map<?, ?> object(String name, int most) throws RefusedException {
        Object value = members.get(name);
        if (!(value instanceof Map) || ((Map<?, ?>) value).size() > most) {
            throw expected(name, "an object with at most " + most + " members");
        }
        return (Map<?, ?>) value;
    }

    RefusedException expected(String name, String what) {
        return RefusedException.malformed(place + "." + name + ": expected " + what);
    }
}
