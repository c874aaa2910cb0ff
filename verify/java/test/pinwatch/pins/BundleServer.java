package pinwatch.pins;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;

/** An HTTP server that serves a bundle as pinwatch does, and notes what it was asked. */
public final class BundleServer implements Closeable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(new DaemonThreads("bundle-server"));
    private final List<String> requests = Collections.synchronizedList(new ArrayList<String>());
    private volatile Answer answer;
    private volatile String etag;

    /** What the server does with a request. */
    public interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    public BundleServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            String condition = exchange.getRequestHeaders().getFirst("If-None-Match");
            requests.add(exchange.getRequestURI() + (condition == null ? "" : " " + condition));
            try {
                answer.to(exchange);
            } finally {
                exchange.close();
            }
        });
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** With an ETag and 304. */
    public void serve(byte[] bundle, String etag) {
        this.etag = etag;
        this.answer = exchange -> {
            exchange.getResponseHeaders().set("ETag", this.etag);
            if (this.etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
                exchange.sendResponseHeaders(304, -1);
            } else {
                send(exchange, bundle);
            }
        };
    }

    public void answer(Answer answer) {
        this.answer = answer;
    }

    public void fail(int status) {
        this.answer = exchange -> exchange.sendResponseHeaders(status, -1);
    }

    static void send(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        try (OutputStream output = exchange.getResponseBody()) {
            output.write(body);
        }
    }

    static byte[] gzip(byte[] body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(body);
        }
        return bytes.toByteArray();
    }

    /** Request targets since the last time, each followed by its If-None-Match. */
    public List<String> requests() {
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
}
