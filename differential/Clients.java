import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.CertificatePinner;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.internal.tls.OkHostnameVerifier;

/**
 * Real clients, driven over standard input: one question per line with tab-separated fields, its number first. Answers
 * come on standard output in any order, starting with that number.
 *
 *   connect HOST ADDRESS PORT CA-FILE ADD       a whole HTTPS request by OkHttp with its CertificatePinner:
 *           ADD;ADD                             ok, pin, host, trust, handshake, or build if the pins are refused;
 *                                               SHA-256 of the leaf; the error. An ADD is the arguments of a call, each
 *                                               in base64 with a comma between
 *   pinned HOST ADD;ADD                         the pins that OkHttp would ask for at this host; build if it refuses them
 *   paths HOST CHAIN-FILE CA-FILE               whether the host name fits, and every path that the JDK's CertPathValidator
 *                                               accepts, as pins: anchors before what was sent, then in the order sent
 */
public class Clients {
    /** A limit of the path search; hostile chains are tested elsewhere. */
    private static final int MOST_STEPS = 2_000;
    private static final Set<String> SERVER_PURPOSES = Set.of("1.3.6.1.5.5.7.3.1", "2.5.29.37.0");

    public static void main(String[] args) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = questions.readLine()) != null; ) {
            String[] field = line.split("\t", -1);
            pool.submit(() -> {
                String answer = answer(field).replaceAll("[\\r\\n]+", " ");
                synchronized (System.out) {
                    System.out.println(field[0] + "\t" + answer);
                }
            });
        }
        pool.shutdown();
    }

    private static String answer(String[] field) {
        try {
            switch (field[1]) {
                case "connect":
                    return connect(field[2], field[3], Integer.parseInt(field[4]), read(field[5]), field[6]);
                case "pinned":
                    return pinned(field[2], field[3]);
                case "paths":
                    return paths(field[2], read(field[3]), read(field[4]));
                default:
                    throw new IllegalArgumentException(field[1]);
            }
        } catch (Exception error) {
            return "broken\t" + error;
        }
    }

    private static String connect(String host, String address, int port, List<X509Certificate> anchors, String pins)
            throws Exception {
        Recorder recorder = new Recorder(trustManager(anchors));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {recorder}, null);
        HttpUrl url = HttpUrl.get("https://" + host + ":" + port + "/");
        OkHttpClient.Builder client = new OkHttpClient.Builder()
            .sslSocketFactory(context.getSocketFactory(), recorder)
            .dns(name -> List.of(InetAddress.getByName(address)))
            .connectTimeout(8, TimeUnit.SECONDS)
            .readTimeout(8, TimeUnit.SECONDS)
            .retryOnConnectionFailure(false)
            .connectionPool(new ConnectionPool(0, 1, TimeUnit.MILLISECONDS));
        if (!pins.isEmpty()) {
            try {
                client.certificatePinner(pinner(pins));
            } catch (IllegalArgumentException refused) {
                return "build\t\t" + String.valueOf(refused.getMessage()).replace('\t', ' ');
            }
        }
        String stage;
        String error = "";
        try (Response response = client.build().newCall(new Request.Builder().url(url).build()).execute()) {
            stage = "ok";
        } catch (SSLPeerUnverifiedException refused) {
            error = String.valueOf(refused.getMessage());
            stage = error.startsWith("Hostname") ? "host" : "pin";
        } catch (IOException failed) {
            error = String.valueOf(failed.getMessage());
            stage = recorder.isRefused ? "trust" : "handshake";
        }
        String leaf = recorder.chain == null ? "" : HexFormat.of().formatHex(sha256(recorder.chain[0].getEncoded()));
        return stage + "\t" + leaf + "\t" + error.replace('\t', ' ');
    }

    /** Throws IllegalArgumentException as OkHttp does. */
    private static CertificatePinner pinner(String calls) {
        CertificatePinner.Builder pinner = new CertificatePinner.Builder();
        for (String call : calls.split(";")) {
            List<String> arguments = Stream.of(call.split(",", -1)).map(Clients::text).collect(Collectors.toList());
            pinner.add(arguments.get(0), arguments.subList(1, arguments.size()).toArray(new String[0]));
        }
        return pinner.build();
    }

    private static String pinned(String host, String calls) throws ReflectiveOperationException {
        Method find = CertificatePinner.class.getDeclaredMethod("findMatchingPins", String.class);
        find.setAccessible(true);
        try {
            List<?> found = (List<?>) find.invoke(pinner(calls), HttpUrl.get("https://" + host).host());
            return "ok\t" + found.stream().map(String::valueOf).collect(Collectors.joining(","));
        } catch (IllegalArgumentException refused) {
            return "build\t" + String.valueOf(refused.getMessage()).replace('\t', ' ');
        }
    }

    private static String text(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    /** A trust manager that records the chain it received, and whether it refused it. */
    private static final class Recorder implements X509TrustManager {
        private final X509TrustManager trusting;
        private X509Certificate[] chain;
        private boolean isRefused;

        Recorder(X509TrustManager trusting) {
            this.trusting = trusting;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String authType) throws CertificateException {
            chain = shown;
            isRefused = true;
            trusting.checkServerTrusted(shown, authType);
            isRefused = false;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String authType) throws CertificateException {
            throw new CertificateException("there are no clients here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return trusting.getAcceptedIssuers();
        }
    }

    private static X509TrustManager trustManager(List<X509Certificate> anchors) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (int i = 0; i < anchors.size(); i++) {
            store.setCertificateEntry("anchor" + i, anchors.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    private static String paths(String host, List<X509Certificate> chain, List<X509Certificate> anchors) throws Exception {
        List<List<X509Certificate>> candidates = new ArrayList<>();
        X509Certificate leaf = chain.get(0);
        if (anchors.contains(leaf)) {
            candidates.add(List.of(leaf));
        } else {
            climb(List.of(leaf), chain, anchors, candidates, new int[1]);
        }
        String valid = candidates.stream()
            .filter(Clients::isValid)
            .map(path -> path.stream().map(Clients::pin).collect(Collectors.joining(",")))
            .collect(Collectors.joining(";"));
        return OkHostnameVerifier.INSTANCE.verify(host, leaf) + "\t" + valid;
    }

    /** Every way up from the top of `path`, by name and signature. */
    private static void climb(
            List<X509Certificate> path,
            List<X509Certificate> sent,
            List<X509Certificate> anchors,
            List<List<X509Certificate>> found,
            int[] steps) {
        X509Certificate top = path.get(path.size() - 1);
        for (X509Certificate anchor : anchors) {
            if (issued(anchor, top)) {
                found.add(append(path, anchor));
            }
        }
        for (X509Certificate issuer : sent) {
            if (steps[0]++ > MOST_STEPS) {
                return;
            }
            if (!path.contains(issuer) && !anchors.contains(issuer) && issued(issuer, top)) {
                climb(append(path, issuer), sent, anchors, found, steps);
            }
        }
    }

    private static boolean issued(X509Certificate issuer, X509Certificate subject) {
        if (!issuer.getSubjectX500Principal().equals(subject.getIssuerX500Principal())) {
            return false;
        }
        try {
            subject.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException wrong) {
            return false;
        }
    }

    private static List<X509Certificate> append(List<X509Certificate> path, X509Certificate next) {
        List<X509Certificate> longer = new ArrayList<>(path);
        longer.add(next);
        return longer;
    }

    /** Uses the JDK's validator, and the further checks of its trust manager on the leaf (EndEntityChecker). */
    private static boolean isValid(List<X509Certificate> path) {
        X509Certificate leaf = path.get(0);
        try {
            leaf.checkValidity();
            boolean[] usage = leaf.getKeyUsage();
            Collection<String> purposes = leaf.getExtendedKeyUsage();
            if (usage != null && !usage[0] || purposes != null && purposes.stream().noneMatch(SERVER_PURPOSES::contains)) {
                return false;
            }
            if (path.size() == 1) {
                return true;
            }
            CertPath below = CertificateFactory.getInstance("X.509").generateCertPath(path.subList(0, path.size() - 1));
            // The anchor is not checked: its own name constraints don't count either.
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(path.get(path.size() - 1), null)));
            parameters.setRevocationEnabled(false);
            CertPathValidator.getInstance("PKIX").validate(below, parameters);
            return true;
        } catch (GeneralSecurityException | RuntimeException refused) {
            return false;
        }
    }

    private static String pin(X509Certificate certificate) {
        return "sha256/" + Base64.getEncoder().encodeToString(sha256(certificate.getPublicKey().getEncoded()));
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static List<X509Certificate> read(String file) throws Exception {
        try (FileInputStream pem = new FileInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
                .map(X509Certificate.class::cast)
                .collect(Collectors.toCollection(ArrayList::new));
        }
    }
}
