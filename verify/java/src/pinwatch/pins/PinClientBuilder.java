package pinwatch.pins;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** What an app is built with, and where it keeps its state. */
public final class PinClientBuilder {
    private final List<byte[]> roots = new ArrayList<>();
    private final String channel;
    private final List<String> urls = new ArrayList<>();
    private final Listeners listeners = new Listeners();
    private byte[] floor;
    private Store store;
    private Fetcher fetcher = new HttpFetcher();
    private String deviceId;
    private Clock clock = Clock.SYSTEM;
    private ScheduledExecutorService executor;

    /** @param channel the account's channel id, 26 characters */
    public PinClientBuilder(String channel) {
        this.channel = channel;
    }

    /** A root public key of the account: one to three. @param point as {@code pinwatch key show} prints it, in base64 */
    public PinClientBuilder root(String point) {
        byte[] bytes = Base64.decode(point);
        if (bytes == null) {
            throw new IllegalArgumentException("root: expected base64, found \"" + point + "\"");
        }
        roots.add(bytes);
        return this;
    }

    /** Where the bundle is: one at least, asked in this order. @param url whole, such as {@code https://host/c/CHANNEL} */
    public PinClientBuilder url(String url) {
        if (!(url.startsWith("https://") || url.startsWith("http://")) || url.indexOf('?') >= 0) {
            throw new IllegalArgumentException("url: expected https:// and no query, found \"" + url + "\"");
        }
        urls.add(url);
        return this;
    }

    /** The bundle that was current when the app was built. Nothing older is ever accepted. */
    public PinClientBuilder floor(byte[] bundle) {
        floor = bundle.clone();
        return this;
    }

    public PinClientBuilder store(Store store) {
        this.store = store;
        return this;
    }

    /** Instead of {@link HttpFetcher}. */
    public PinClientBuilder fetcher(Fetcher fetcher) {
        this.fetcher = fetcher;
        return this;
    }

    /** See {@link DeviceId}. Without one, this installation cannot be unpinned. */
    public PinClientBuilder deviceId(String deviceId) {
        this.deviceId = deviceId;
        return this;
    }

    /** It hears of refusals at start, too. */
    public PinClientBuilder listener(PinListener listener) {
        listeners.add(listener);
        return this;
    }

    PinClientBuilder clock(Clock clock) {
        this.clock = clock;
        return this;
    }

    PinClientBuilder executor(ScheduledExecutorService executor) {
        this.executor = executor;
        return this;
    }

    /**
     * Reads the store, and verifies it and the floor: some milliseconds, and no network.
     *
     * @throws IllegalArgumentException if a root or the channel is not in form
     * @throws IllegalStateException if there is no store or no URL
     */
    public PinClient build() {
        if (store == null || urls.isEmpty()) {
            throw new IllegalStateException("expected a store and at least one url");
        }
        InForce inForce = new InForce(new BundleVerifier(roots, channel), store, listeners);
        inForce.load(floor);
        FetchMemory memory = new FetchMemory(store, listeners);
        memory.load();
        Downloads downloads = new Downloads(
            new ArrayList<>(urls), fetcher, inForce, memory, listeners, clock, deviceId);
        ScheduledExecutorService polls = executor == null
            ? Executors.newSingleThreadScheduledExecutor(new DaemonThreads("pinwatch-pins"))
            : executor;
        return new PinClient(inForce, downloads, polls, listeners, clock, deviceId);
    }
}
