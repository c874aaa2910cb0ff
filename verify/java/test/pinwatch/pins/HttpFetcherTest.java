package pinwatch.pins;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;

public final class HttpFetcherTest {
    private static final byte[] BODY = {1, 2, 3};

    public static void getsABodyAndItsEtag() throws Exception {
        try (BundleServer server = new BundleServer()) {
            server.serve(BODY, "\"a\"");
            Fetched first = new HttpFetcher().fetch(server.url() + "/c/x?v=1", null);
            Check.equal(Arrays.toString(BODY), Arrays.toString(first.body()));
            Check.equal("\"a\"", first.etag());
            Check.equal(null, new HttpFetcher().fetch(server.url() + "/c/x", "\"a\"").body());
            Check.equal(Arrays.asList("/c/x?v=1", "/c/x \"a\""), server.requests());
        }
    }

    public static void inflatesWithinBounds() throws Exception {
        try (BundleServer server = new BundleServer()) {
            server.answer(exchange -> sendGzip(exchange, BundleServer.gzip(BODY)));
            Check.equal(Arrays.toString(BODY), Arrays.toString(fetch(server).body()));
            // 300 MB in 300 KB.
            byte[] bomb = BundleServer.gzip(new byte[300_000_000]);
            server.answer(exchange -> sendGzip(exchange, bomb));
            Check.equal(Bundle.MOST_BYTES + 1, fetch(server).body().length);
            server.answer(exchange -> sendGzip(exchange, BODY));
            fails(server);
        }
    }

    public static void boundsWhatIsNotCompressed() throws Exception {
        try (BundleServer server = new BundleServer()) {
            server.answer(exchange -> {
                exchange.sendResponseHeaders(200, 0);
                try (OutputStream output = exchange.getResponseBody()) {
                    while (true) {
                        output.write(new byte[65_536]);
                    }
                } catch (IOException expected) {
                    // The client has gone.
                }
            });
            Check.equal(Bundle.MOST_BYTES + 1, fetch(server).body().length);
        }
    }

    public static void followsNoRedirect() throws Exception {
        try (BundleServer server = new BundleServer()) {
            server.answer(exchange -> {
                exchange.getResponseHeaders().set("Location", "/elsewhere");
                exchange.sendResponseHeaders(302, -1);
            });
            fails(server);
            Check.equal(1, server.requests().size());
        }
    }

    public static void refusesOtherStatuses() throws Exception {
        try (BundleServer server = new BundleServer()) {
            for (int status : new int[] {204, 304, 404, 500}) {
                server.fail(status);
                fails(server);
            }
        }
    }

    public static void endsWhenAServerNeverDoes() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> {
                // Headers without an end, a few bytes at a time: never silent for long.
                try (Socket socket = listener.accept()) {
                    socket.getOutputStream().write("HTTP/1.1 200 OK\r\n".getBytes());
                    while (true) {
                        socket.getOutputStream().write("X: 1\r\n".getBytes());
                        Thread.sleep(20);
                    }
                } catch (IOException | InterruptedException expected) {
                    // The client has gone.
                }
            });
            server.start();
            try {
                new HttpFetcher(300).fetch("http://127.0.0.1:" + listener.getLocalPort(), null);
                throw new AssertionError("expected an IOException");
            } catch (IOException expected) {
                server.join();
            }
        }
    }

    private static void sendGzip(HttpExchange exchange, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        BundleServer.send(exchange, body);
    }

    private static Fetched fetch(BundleServer server) throws IOException {
        return new HttpFetcher().fetch(server.url(), null);
    }

    private static void fails(BundleServer server) {
        try {
            fetch(server);
        } catch (IOException expected) {
            return;
        }
        throw new AssertionError("expected an IOException");
    }
}
