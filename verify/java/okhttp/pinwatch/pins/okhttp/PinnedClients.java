package pinwatch.pins.okhttp;

import java.util.LinkedHashMap;
import java.util.Map;
import okhttp3.CertificatePinner;
import okhttp3.OkHttpClient;
import pinwatch.pins.Decision;
import pinwatch.pins.PinClient;

/** One client for each host, made from the app's: its pool and dispatcher, and a pinner for this host alone. */
final class PinnedClients {
    private static final int MOST_KEPT = 256;

    private final OkHttpClient client;
    private final OkHttpClient unpinned;
    private final PinClient pins;
    private final TlsSessions sessions;
    /** The latest of each host, least recently used first. */
    private final Map<String, Kept> kept = new LinkedHashMap<String, Kept>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
            return size() > MOST_KEPT;
        }
    };

    private static final class Kept {
        final Decision decision;
        final OkHttpClient client;

        Kept(Decision decision, OkHttpClient client) {
            this.decision = decision;
            this.client = client;
        }
    }

    PinnedClients(OkHttpClient client, PinClient pins, TlsSessions sessions) {
        this.client = client;
        this.pins = pins;
        this.sessions = sessions;
        this.unpinned = withoutRedirects().certificatePinner(CertificatePinner.DEFAULT).build();
    }

    int callTimeoutMillis() {
        return client.callTimeoutMillis();
    }

    OkHttpClient forDecision(String host, Decision decision) {
        if (!decision.isPinned()) {
            return unpinned;
        }
        synchronized (kept) {
            Kept last = kept.get(host);
            if (last == null || !last.decision.equals(decision)) {
                last = new Kept(decision, pinned(host, decision));
                kept.put(host, last);
            }
            return last.client;
        }
    }

    private OkHttpClient pinned(String host, Decision decision) {
        CertificatePinner pinner = pinner(host, decision);
        OkHttpClient enforcing = withoutRedirects().certificatePinner(pinner).build();
        if (decision.isEnforced()) {
            return enforcing;
        }
        // The client has given its pinner the means to find the validated path; the observer checks with that.
        return withoutRedirects()
            .certificatePinner(CertificatePinner.DEFAULT)
            .addNetworkInterceptor(new Observer(host, enforcing.certificatePinner(), pins))
            .build();
    }

    private OkHttpClient.Builder withoutRedirects() {
        return client.newBuilder().followRedirects(false).followSslRedirects(false).addNetworkInterceptor(sessions);
    }

    private static CertificatePinner pinner(String host, Decision decision) {
        // OkHttp puts patterns into a URL, in which an IPv6 address has brackets.
        String pattern = host.indexOf(':') < 0 ? host : "[" + host + "]";
        CertificatePinner.Builder pinner = new CertificatePinner.Builder();
        for (String pin : decision.pins()) {
            pinner.add(pattern, "sha256/" + pin);
        }
        return pinner.build();
    }
}
