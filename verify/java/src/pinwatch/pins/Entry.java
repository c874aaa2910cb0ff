package pinwatch.pins;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** What a configuration says about one host, and perhaps the names below it. */
final class Entry {
    private static final int MOST_PINS = 32;

    final Mode mode;
    /** Empty if the entry has none. */
    final Set<String> pins;
    /** Whether it covers every level below its host, too. */
    final boolean coversBelow;

    private Entry(Mode mode, Set<String> pins, boolean coversBelow) {
        this.mode = mode;
        this.pins = pins;
        this.coversBelow = coversBelow;
    }

    /** @param place for messages */
    static Entry parse(Object value, String place) throws RefusedException {
        Claims claims = Claims.of(value, place);
        Mode mode = Mode.ofCode(claims.string("mode"));
        if (mode == null) {
            throw claims.expected("mode", "pins, observe, roots or off");
        }
        Set<String> pins = new LinkedHashSet<>();
        if (claims.has("pins") || mode == Mode.PINS || mode == Mode.OBSERVE) {
            for (Object pin : claims.list("pins", 1, MOST_PINS)) {
                pins.add(Pin.parse(pin, place + ".pins"));
            }
        }
        return new Entry(mode, Collections.unmodifiableSet(pins), claims.flag("sub"));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Entry
            && mode == ((Entry) other).mode
            && pins.equals(((Entry) other).pins)
            && coversBelow == ((Entry) other).coversBelow;
    }

    @Override
    public int hashCode() {
        return pins.hashCode() * 31 + mode.hashCode();
    }
}
