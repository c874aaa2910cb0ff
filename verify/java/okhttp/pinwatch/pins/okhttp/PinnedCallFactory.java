package pinwatch.pins.okhttp;

import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import pinwatch.pins.Change;
import pinwatch.pins.PinClient;
import pinwatch.pins.PinListener;

/**
 * Makes OkHttp calls with the pins of the moment. Use it in place of the client: {@code Retrofit.Builder.callFactory}
 * takes it, for example. A call that meets a mismatch fetches the configuration, and is tried once more if that changed
 * what is asked of its host.
 *
 * <p>Redirects are followed here, each as a call of its own, because a pinner knows only its call's host. So the client's
 * application interceptors run for each of them.
 */
public final class PinnedCallFactory implements Call.Factory {
    private final OkHttpClient client;
    private final PinClient pins;
    private final PinnedClients clients;
    private final TlsSessions sessions = new TlsSessions();

    /**
     * @param client anything but a {@code CertificatePinner}: it is replaced for each host
     */
    public PinnedCallFactory(final OkHttpClient client, PinClient pins) {
        this.client = client;
        this.pins = pins;
        this.clients = new PinnedClients(client, pins, sessions);
        // Connections with other pins are not used again, since OkHttp compares pinners; this closes them, too.
        pins.addListener(new PinListener() {
            @Override
            public void changed(final Change change) {
                sessions.drop(new TlsSessions.Selection() {
                    @Override
                    public boolean includes(String host) {
                        return change.affects(host);
                    }
                });
                client.connectionPool().evictAll();
            }
        });
    }

    @Override
    public Call newCall(Request request) {
        return new PinnedCall(request, pins, clients, sessions, new Redirects(client));
    }

    /**
     * A client for one URL, with the pins of the moment, that follows no redirects: for web sockets and the like.
     * Use it once and at once; it does not see later changes.
     */
    public OkHttpClient clientFor(HttpUrl url) {
        return clients.forDecision(url.host(), pins.decide(url.host()));
    }
}
