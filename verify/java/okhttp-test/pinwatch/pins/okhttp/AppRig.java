package pinwatch.pins.okhttp;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import pinwatch.pins.BundleServer;
import pinwatch.pins.FileStore;
import pinwatch.pins.PinClient;
import pinwatch.pins.PinClientBuilder;
import pinwatch.pins.Recorder;
import pinwatch.pins.TemporaryFolder;
import pinwatch.pins.TestAccount;

/** An app with OkHttp, the server of its configuration, and an authority that it trusts. */
final class AppRig implements Closeable {
    static final String HOST = "api.example.com";
    static final String OTHER = "cdn.example.net";

    final TestAuthority authority = new TestAuthority();
    final TestAccount account = new TestAccount();
    final BundleServer bundles = new BundleServer();
    final Recorder recorder = new Recorder();
    final OkHttpClient client;
    private final TemporaryFolder folder = new TemporaryFolder();
    private PinClient pins;
    private PinnedCallFactory calls;

    AppRig() throws Exception {
        KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
        anchors.load(null, null);
        anchors.setCertificateEntry("root", authority.certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(anchors);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        TrustManager manager = trust.getTrustManagers()[0];
        client = new OkHttpClient.Builder()
            .sslSocketFactory(context.getSocketFactory(), (X509TrustManager) manager)
            .dns(host -> Collections.singletonList(InetAddress.getLoopbackAddress()))
            .connectTimeout(20, TimeUnit.SECONDS)
            .build();
        bundles.fail(503);
    }

    /** Starts the app with a floor: version 1 and these domains, as JSON. */
    void start(String domains) {
        start(domains, client);
    }

    void start(String domains, OkHttpClient base) {
        pins = new PinClientBuilder(TestAccount.CHANNEL)
            .root(Base64.getEncoder().encodeToString(account.roots().get(0)))
            .url(bundles.url())
            .floor(account.publish(1, domains))
            .store(new FileStore(folder.path))
            .listener(recorder)
            .build();
        calls = new PinnedCallFactory(base, pins);
    }

    PinClient pins() {
        return pins;
    }

    PinnedCallFactory calls() {
        return calls;
    }

    void publish(long version, String domains) {
        bundles.serve(account.publish(version, domains), "\"" + version + "\"");
    }

    static String pinned(String... pins) {
        return "{" + entry(HOST, pins) + "}";
    }

    static String entry(String host, String... pins) {
        return "\"" + host + "\":{\"mode\":\"pins\",\"pins\":[\"" + String.join("\",\"", pins) + "\"]}";
    }

    static String url(String host, TlsServer server) {
        return "https://" + host + ":" + server.port() + "/";
    }

    /** The status; the body is closed. */
    int get(String url) throws IOException {
        try (Response response = calls.newCall(new Request.Builder().url(url).build()).execute()) {
            return response.code();
        }
    }

    @Override
    public void close() throws IOException {
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
        if (pins != null) {
            pins.close();
        }
        bundles.close();
        folder.close();
    }
}
