package pinwatch.pins.okhttp;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collections;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import pinwatch.pins.FileStore;
import pinwatch.pins.PinClient;
import pinwatch.pins.PinClientBuilder;

/**
 * An app, driven over standard input: one command a line with tab-separated fields, one line of answer each. Every name
 * resolves to 127.0.0.1.
 *
 * <pre>
 * start CHANNEL ROOT,ROOT URL FLOOR-FILE STORE-FOLDER CA-FILE   the version in force
 * get URL                                                      the status, or what failed
 * refresh                                                      fetches; the version in force
 * resume, pause                                                polls; the version in force
 * every MILLIS URL                                             starts to make a request at this interval
 * end                                                          ends it: how many requests, how many failed, the first failure
 * </pre>
 */
public final class App {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private PinClient pins;
    private PinnedCallFactory calls;
    private ScheduledFuture<?> series;
    private int requests;
    private int failures;
    private String firstFailure = "";

    public static void main(String[] args) throws Exception {
        App app = new App();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = commands.readLine()) != null; ) {
            System.out.println(app.answer(line.split("\t", -1)));
        }
        System.exit(0);
    }

    private String answer(String[] field) throws Exception {
        switch (field[0]) {
            case "start":
                start(field[1], field[2].split(","), field[3], field[4], field[5], field[6]);
                return version();
            case "get":
                return get(field[1]);
            case "refresh":
                pins.refresh();
                return version();
            case "resume":
                pins.resume();
                return version();
            case "pause":
                pins.pause();
                return version();
            case "every":
                series = timer.scheduleWithFixedDelay(
                    () -> count(get(field[2])), 0, Long.parseLong(field[1]), TimeUnit.MILLISECONDS);
                return "started";
            case "end":
                return end();
            default:
                throw new IllegalArgumentException(field[0]);
        }
    }

    private void start(String channel, String[] roots, String url, String floor, String store, String anchors)
            throws Exception {
        PinClientBuilder builder = new PinClientBuilder(channel).url(url).store(new FileStore(new File(store)));
        for (String root : roots) {
            builder.root(root);
        }
        if (!floor.isEmpty()) {
            builder.floor(Files.readAllBytes(new File(floor).toPath()));
        }
        pins = builder.build();
        calls = new PinnedCallFactory(client(anchors), pins);
    }

    private static OkHttpClient client(String anchors) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream file = new FileInputStream(anchors)) {
            for (Certificate anchor : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                trusted.setCertificateEntry(String.valueOf(trusted.size()), anchor);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return new OkHttpClient.Builder()
            .sslSocketFactory(context.getSocketFactory(), (X509TrustManager) trust.getTrustManagers()[0])
            .dns(host -> Collections.singletonList(InetAddress.getLoopbackAddress()))
            .connectTimeout(20, TimeUnit.SECONDS)
            .readTimeout(20, TimeUnit.SECONDS)
            .build();
    }

    private String get(String url) {
        try (Response response = calls.newCall(new Request.Builder().url(url).build()).execute()) {
            return String.valueOf(response.code());
        } catch (IOException error) {
            return error.toString().replaceAll("\\s+", " ");
        }
    }

    private synchronized void count(String outcome) {
        requests++;
        if (!outcome.startsWith("2")) {
            failures++;
            firstFailure = firstFailure.isEmpty() ? outcome : firstFailure;
        }
        notifyAll();
    }

    /** At least one request is made, and the last one is awaited. */
    private synchronized String end() throws InterruptedException {
        while (requests == 0) {
            wait();
        }
        series.cancel(false);
        return requests + "\t" + failures + "\t" + firstFailure;
    }

    private String version() {
        return pins.status().tuple() == null ? "empty" : String.valueOf(pins.status().tuple().version());
    }
}
