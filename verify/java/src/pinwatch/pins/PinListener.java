package pinwatch.pins;

import java.io.IOException;
import java.util.Collection;

/**
 * What an app may want to know. Called on the thread on which it happens, usually that of the polls; an implementation
 * returns soon.
 */
public abstract class PinListener {
    /**
     * Another configuration is in force. Close pooled connections of the hosts that it affects, and drop cached TLS
     * sessions: otherwise a change seems to be ignored for as long as they live.
     */
    public void changed(Change change) {}

    /** A bundle was refused, and what was in force stays in force. @param source a URL, {@code floor} or {@code store} */
    public void refused(String source, RefusedException refusal) {}

    /** Nothing could be fetched from this URL. */
    public void unreachable(String url, IOException error) {}

    /**
     * The store failed. A configuration that could not be written is in force nevertheless, until the app ends: it
     * may be the one that takes a stolen key away.
     */
    public void storeFailed(IOException error) {}

    /**
     * No pinned key is on the path.
     *
     * @param path the pins of the keys on the path, leaf first
     * @param isEnforced false if the entry only observes, and the connection is used
     */
    public void mismatch(String host, Collection<String> path, boolean isEnforced) {}
}
