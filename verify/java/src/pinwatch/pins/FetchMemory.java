package pinwatch.pins;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What the next fetch needs of the last one: its ETag, and the day on which this installation was last counted. Losing
 * it costs one full download, so nothing depends on its contents.
 */
final class FetchMemory {
    private static final String STORED = "fetch";
    private static final int LONGEST_ETAG = 512;

    private final Store store;
    private final PinListener listener;
    /** Days since 1970, UTC. */
    private String countedDay = "";
    private String url = "";
    private String etag = "";
    private String tuple = "";

    FetchMemory(Store store, PinListener listener) {
        this.store = store;
        this.listener = listener;
    }

    void load() {
        try {
            byte[] stored = store.read(STORED);
            String[] lines = stored == null ? new String[0] : new String(stored, StandardCharsets.UTF_8).split("\n", -1);
            if (lines.length == 5) {
                countedDay = lines[0];
                url = lines[1];
                etag = lines[2];
                tuple = lines[3];
            }
        } catch (IOException error) {
            listener.storeFailed(error);
        }
    }

    boolean isCounted(long day) {
        return countedDay.equals(Long.toString(day));
    }

    void count(long day) {
        countedDay = Long.toString(day);
        save();
    }

    /** @return null unless this URL gave an ETag for exactly what is in force: a 304 must not keep anything older */
    String etag(String from, Bundle inForce) {
        boolean fits = !etag.isEmpty() && inForce != null && url.equals(from) && tuple.equals(inForce.tuple().toString());
        return fits ? etag : null;
    }

    /** @param found null if the answer had none */
    void remember(String from, String found, Bundle inForce) {
        boolean isUsable = found != null && found.length() <= LONGEST_ETAG && found.indexOf('\n') < 0;
        String next = isUsable ? found : "";
        String held = inForce.tuple().toString();
        if (next.equals(etag) && from.equals(url) && held.equals(tuple)) {
            return;
        }
        url = from;
        etag = next;
        tuple = held;
        save();
    }

    private void save() {
        String text = countedDay + "\n" + url + "\n" + etag + "\n" + tuple + "\n";
        try {
            store.write(STORED, text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException error) {
            listener.storeFailed(error);
        }
    }
}
