package pinwatch.pins;

import java.util.Objects;

/** Assertions. */
public final class Check {
    private Check() {}

    public static void equal(Object expected, Object found) {
        if (!Objects.equals(expected, found)) {
            throw new AssertionError("expected " + expected + ", found " + found);
        }
    }

    public static void holds(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("expected " + what);
        }
    }

    /** What a test does that may fail. */
    public interface Action {
        void run() throws Exception;
    }

    public static void refused(Refusal expected, Action action) throws Exception {
        try {
            action.run();
        } catch (RefusedException error) {
            equal(expected, error.refusal());
            return;
        }
        throw new AssertionError("expected " + expected.code() + ", found no refusal");
    }

    public static void illegal(Action action) throws Exception {
        try {
            action.run();
        } catch (IllegalArgumentException error) {
            return;
        }
        throw new AssertionError("expected an IllegalArgumentException");
    }
}
