package pinwatch.pins;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Tells every listener. */
final class Listeners extends PinListener {
    private final List<PinListener> all = new CopyOnWriteArrayList<>();

    void add(PinListener listener) {
        all.add(listener);
    }

    @Override
    public void changed(Change change) {
        for (PinListener listener : all) {
            listener.changed(change);
        }
    }

    @Override
    public void refused(String source, RefusedException refusal) {
        for (PinListener listener : all) {
            listener.refused(source, refusal);
        }
    }

    @Override
    public void unreachable(String url, IOException error) {
        for (PinListener listener : all) {
            listener.unreachable(url, error);
        }
    }

    @Override
    public void storeFailed(IOException error) {
        for (PinListener listener : all) {
            listener.storeFailed(error);
        }
    }

    @Override
    public void mismatch(String host, Collection<String> path, boolean isEnforced) {
        for (PinListener listener : all) {
            listener.mismatch(host, path, isEnforced);
        }
    }
}
