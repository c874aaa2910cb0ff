package pinwatch.pins;

import java.io.IOException;

/** Keeps a few small values on the device. Calls come from one thread at a time. */
public interface Store {
    /**
     * @param name lower-case letters and hyphens
     * @return null if nothing has been stored under this name
     */
    byte[] read(String name) throws IOException;

    /** Replaces the value atomically: after a crash at any point, {@link #read} returns the old value or the new one. */
    void write(String name, byte[] bytes) throws IOException;
}
