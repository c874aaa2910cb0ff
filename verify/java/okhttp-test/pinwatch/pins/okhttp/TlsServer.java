package pinwatch.pins.okhttp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** An HTTPS server whose key can be changed while it runs, as by a reload that keeps its TLS sessions. */
final class TlsServer implements Closeable {
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<String>());
    private volatile TestAuthority.Identity identity;
    private volatile Answer answer = exchange -> exchange.sendResponseHeaders(200, -1);

    /** What the server does with a request. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    TlsServer(TestAuthority.Identity identity) throws IOException, GeneralSecurityException {
        this.identity = identity;
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {new Changing()}, null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " from " + exchange.getRemoteAddress().getPort());
            try {
                answer.to(exchange);
            } finally {
                exchange.close();
            }
        });
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    void use(TestAuthority.Identity next) {
        identity = next;
    }

    void answer(Answer next) {
        answer = next;
    }

    void redirect(int status, String location) {
        answer = exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    /** Method, path and the client's port of each request since the last time. */
    List<String> requests() {
        synchronized (requests) {
            List<String> all = new ArrayList<>(requests);
            requests.clear();
            return all;
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private final class Changing extends X509ExtendedKeyManager {
        @Override
        public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
            return keyType.equals("EC") ? "server" : null;
        }

        @Override
        public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return keyType.equals("EC") ? "server" : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return identity.chain;
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.pair.getPrivate();
        }

        @Override
        public String[] getServerAliases(String keyType, Principal[] issuers) {
            return new String[] {"server"};
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return null;
        }

        @Override
        public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
            return null;
        }
    }
}
