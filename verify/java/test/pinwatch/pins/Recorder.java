package pinwatch.pins;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/** A listener that writes down what it hears. */
public final class Recorder extends PinListener {
    private final List<String> heard = Collections.synchronizedList(new ArrayList<String>());

    @Override
    public void changed(Change change) {
        heard.add("changed " + change.entries());
    }

    @Override
    public void refused(String source, RefusedException refusal) {
        heard.add("refused " + (source.startsWith("http") ? "url" : source) + " " + refusal.refusal().code());
    }

    @Override
    public void unreachable(String url, IOException error) {
        heard.add("unreachable");
    }

    @Override
    public void storeFailed(IOException error) {
        heard.add("store failed");
    }

    @Override
    public void mismatch(String host, Collection<String> path, boolean isEnforced) {
        heard.add("mismatch " + host + " " + isEnforced);
    }

    /** Since the last time. */
    public List<String> heard() {
        synchronized (heard) {
            List<String> all = new ArrayList<>(heard);
            heard.clear();
            return all;
        }
    }
}
