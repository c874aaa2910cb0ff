package pinwatch.pins.okhttp;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import pinwatch.pins.Check;
import pinwatch.pins.Pin;

public final class PinnedCallTest {
    private static final String WRONG = "2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=";

    public static void connectsWithAPinnedLeafOrAuthority() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity identity = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(identity)) {
                for (String pin : new String[] {identity.pin(), Pin.of(app.authority.certificate)}) {
                    app.start(AppRig.pinned(WRONG, pin));
                    Check.equal(200, app.get(AppRig.url(AppRig.HOST, server)));
                }
                Check.equal(Collections.emptyList(), app.bundles.requests());
            }
        }
    }

    public static void sendsNothingAtAMismatch() throws Exception {
        try (AppRig app = new AppRig(); TlsServer server = new TlsServer(app.authority.identity(AppRig.HOST))) {
            app.start(AppRig.pinned(WRONG));
            mismatches(app, AppRig.url(AppRig.HOST, server));
            // Each request is refused; the configuration is asked for once in 30 s.
            mismatches(app, AppRig.url(AppRig.HOST, server));
            Check.equal(Collections.emptyList(), server.requests());
            Check.equal(1, app.bundles.requests().size());
        }
    }

    public static void recoversFromARotationThatItMissed() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity before = app.authority.identity(AppRig.HOST);
            TestAuthority.Identity after = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(after)) {
                app.start(AppRig.pinned(before.pin()));
                app.publish(2, AppRig.pinned(after.pin()));
                Request post = new Request.Builder().url(AppRig.url(AppRig.HOST, server))
                    .post(RequestBody.create(MediaType.get("text/plain"), "once")).build();
                try (Response response = app.calls().newCall(post).execute()) {
                    Check.equal(200, response.code());
                }
                Check.equal(2L, app.pins().status().tuple().version());
                Check.equal(1, server.requests().size());
                Check.equal(1, app.bundles.requests().size());
            }
        }
    }

    /** The old key's TLS session would be resumed, and show the old certificate for a day. */
    public static void aChangeDropsConnectionsAndSessions() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity before = app.authority.identity(AppRig.HOST);
            TestAuthority.Identity after = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(before)) {
                app.start(AppRig.pinned(before.pin(), after.pin()));
                Check.equal(200, app.get(AppRig.url(AppRig.HOST, server)));
                server.use(after);
                // Still the pooled connection.
                Check.equal(200, app.get(AppRig.url(AppRig.HOST, server)));
                app.publish(2, AppRig.pinned(after.pin()));
                app.pins().refresh();
                Check.equal(0, app.client.connectionPool().connectionCount());
                Check.equal(200, app.get(AppRig.url(AppRig.HOST, server)));
                List<String> requests = server.requests();
                Check.equal(requests.get(0), requests.get(1));
                Check.holds(!requests.get(1).equals(requests.get(2)), "another connection");
            }
        }
    }

    /** An open connection to a server with the key that was taken away is not used again. */
    public static void aKeyThatIsTakenAwayIsRefusedAtOnce() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity stolen = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(stolen)) {
                app.start(AppRig.pinned(stolen.pin()));
                CountDownLatch answered = new CountDownLatch(1);
                CountDownLatch mayEnd = new CountDownLatch(1);
                server.answer(exchange -> {
                    answered.countDown();
                    await(mayEnd);
                    exchange.sendResponseHeaders(200, -1);
                });
                Answers answers = new Answers();
                app.calls().newCall(new Request.Builder().url(AppRig.url(AppRig.HOST, server)).build()).enqueue(answers);
                answered.await();
                app.publish(2, AppRig.pinned(WRONG));
                app.pins().refresh();
                // In use, so not closed by the change: it goes back to the pool afterwards.
                mayEnd.countDown();
                Check.equal("200", answers.await());
                server.requests();
                mismatches(app, AppRig.url(AppRig.HOST, server));
                Check.equal(Collections.emptyList(), server.requests());
            }
        }
    }

    public static void aRedirectIsJudgedByItsOwnHost() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity first = app.authority.identity(AppRig.HOST);
            TestAuthority.Identity second = app.authority.identity(AppRig.OTHER);
            try (TlsServer server = new TlsServer(first); TlsServer other = new TlsServer(second)) {
                server.redirect(302, AppRig.url(AppRig.OTHER, other) + "x");
                app.start("{" + AppRig.entry(AppRig.HOST, first.pin()) + "," + AppRig.entry(AppRig.OTHER, WRONG) + "}");
                mismatches(app, AppRig.url(AppRig.HOST, server));
                Check.equal(Collections.emptyList(), other.requests());
                app.start("{" + AppRig.entry(AppRig.HOST, first.pin()) + "," + AppRig.entry(AppRig.OTHER, second.pin()) + "}");
                Request request = new Request.Builder().url(AppRig.url(AppRig.HOST, server)).header("Authorization", "secret").build();
                other.answer(exchange -> {
                    boolean hasSecret = exchange.getRequestHeaders().containsKey("Authorization");
                    exchange.sendResponseHeaders(hasSecret ? 500 : 200, -1);
                });
                try (Response response = app.calls().newCall(request).execute()) {
                    Check.equal(200, response.code());
                    Check.equal(302, response.priorResponse().code());
                    Check.equal(AppRig.OTHER, response.request().url().host());
                }
                app.start(AppRig.pinned(first.pin()));
                Check.equal(200, app.get(AppRig.url(AppRig.HOST, server)));
            }
        }
    }

    public static void redirectsEnd() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity identity = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(identity)) {
                app.start(AppRig.pinned(identity.pin()));
                server.redirect(301, "/again");
                fails("Too many follow-up requests: 21", () -> app.get(AppRig.url(AppRig.HOST, server)));
                server.requests();
                server.redirect(302, "http://" + AppRig.HOST + ":1/");
                fails("redirected from a pinned host to http", () -> app.get(AppRig.url(AppRig.HOST, server)));
                OkHttpClient still = app.client.newBuilder().followRedirects(false).build();
                app.start(AppRig.pinned(identity.pin()), still);
                Check.equal(302, app.get(AppRig.url(AppRig.HOST, server)));
            }
        }
    }

    public static void postBecomesGetAsWithOkHttp() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity identity = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(identity)) {
                app.start(AppRig.pinned(identity.pin()));
                for (int status : new int[] {301, 302, 303, 307, 308}) {
                    server.answer(exchange -> {
                        boolean isFirst = exchange.getRequestURI().getPath().equals("/");
                        exchange.getResponseHeaders().set("Location", "/next");
                        exchange.sendResponseHeaders(isFirst ? status : 200, -1);
                    });
                    Request post = new Request.Builder().url(AppRig.url(AppRig.HOST, server))
                        .post(RequestBody.create(MediaType.get("text/plain"), "text")).build();
                    List<String> ours = methods(app.calls().newCall(post), server);
                    List<String> okhttps = methods(app.client.newCall(post), server);
                    Check.equal(okhttps, ours);
                }
            }
        }
    }

    private static List<String> methods(Call call, TlsServer server) throws IOException {
        try (Response response = call.execute()) {
            List<String> methods = server.requests();
            methods.replaceAll(request -> request.replaceAll(" from \\d+$", ""));
            methods.add(String.valueOf(response.code()));
            return methods;
        }
    }

    public static void observingReportsAndGoesOn() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity identity = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(identity)) {
                app.start(AppRig.pinned(WRONG).replace("\"pins\",", "\"observe\","));
                Check.equal(200, app.get(AppRig.url(AppRig.HOST, server)));
                Check.equal(Collections.singletonList("mismatch " + AppRig.HOST + " false"), app.recorder.heard());
                app.start(AppRig.pinned(Pin.of(app.authority.certificate)).replace("\"pins\",", "\"observe\","));
                Check.equal(200, app.get(AppRig.url(AppRig.HOST, server)));
                Check.equal(Collections.emptyList(), app.recorder.heard());
            }
        }
    }

    public static void otherHostsAreLeftAlone() throws Exception {
        try (AppRig app = new AppRig(); TlsServer server = new TlsServer(app.authority.identity(AppRig.OTHER))) {
            app.start(AppRig.pinned(WRONG));
            Check.equal(200, app.get(AppRig.url(AppRig.OTHER, server)));
            app.start("{\"" + AppRig.OTHER + "\":{\"mode\":\"off\"}}");
            Check.equal(200, app.get(AppRig.url(AppRig.OTHER, server)));
            app.start("{},\"default\":\"roots\",\"roots\":[\"" + WRONG + "\"]");
            mismatches(app, AppRig.url(AppRig.OTHER, server));
            app.start("{},\"default\":\"roots\",\"roots\":[\"" + Pin.of(app.authority.certificate) + "\"]");
            Check.equal(200, app.get(AppRig.url(AppRig.OTHER, server)));
        }
    }

    /** Pinning comes on top of the platform's trust, and replaces none of it. */
    public static void theNameAndTheAuthorityStillCount() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity wrongName = app.authority.identity(AppRig.OTHER);
            TestAuthority.Identity foreign = new TestAuthority().identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(wrongName)) {
                app.start(AppRig.pinned(wrongName.pin(), foreign.pin()));
                mismatches(app, AppRig.url(AppRig.HOST, server));
            }
            try (TlsServer server = new TlsServer(foreign)) {
                fails(null, () -> app.get(AppRig.url(AppRig.HOST, server)));
                Check.equal(Collections.emptyList(), server.requests());
            }
        }
    }

    public static void aCallThatIsEnqueuedDoesTheSame() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity before = app.authority.identity(AppRig.HOST);
            TestAuthority.Identity after = app.authority.identity(AppRig.HOST);
            TestAuthority.Identity second = app.authority.identity(AppRig.OTHER);
            try (TlsServer server = new TlsServer(after); TlsServer other = new TlsServer(second)) {
                server.redirect(302, AppRig.url(AppRig.OTHER, other));
                app.start(AppRig.pinned(before.pin()));
                app.publish(2, "{" + AppRig.entry(AppRig.HOST, after.pin()) + "," + AppRig.entry(AppRig.OTHER, second.pin()) + "}");
                Request request = new Request.Builder().url(AppRig.url(AppRig.HOST, server)).build();
                Answers answers = new Answers();
                Call call = app.calls().newCall(request);
                call.enqueue(answers);
                Check.equal("200", answers.await());
                Check.equal(true, call.isExecuted());
                app.publish(3, AppRig.pinned(WRONG));
                app.pins().refresh();
                Answers refused = new Answers();
                call.clone().enqueue(refused);
                Check.holds(refused.await().contains("SSLPeerUnverifiedException"), "a mismatch");
            }
        }
    }

    public static void manyCallsRecoverTogether() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity after = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(after)) {
                app.start(AppRig.pinned(WRONG));
                app.publish(2, AppRig.pinned(after.pin()));
                Answers[] all = new Answers[20];
                for (int index = 0; index < all.length; index++) {
                    all[index] = new Answers();
                    app.calls().newCall(new Request.Builder().url(AppRig.url(AppRig.HOST, server)).build()).enqueue(all[index]);
                }
                for (Answers answers : all) {
                    Check.equal("200", answers.await());
                }
                Check.equal(1, app.bundles.requests().size());
            }
        }
    }

    public static void canBeCanceledAndTimesOut() throws Exception {
        try (AppRig app = new AppRig()) {
            TestAuthority.Identity identity = app.authority.identity(AppRig.HOST);
            try (TlsServer server = new TlsServer(identity)) {
                app.start(AppRig.pinned(identity.pin()));
                CountDownLatch asked = new CountDownLatch(1);
                CountDownLatch end = new CountDownLatch(1);
                server.answer(exchange -> {
                    asked.countDown();
                    await(end);
                });
                Request request = new Request.Builder().url(AppRig.url(AppRig.HOST, server)).build();
                Call call = app.calls().newCall(request);
                Answers answers = new Answers();
                call.enqueue(answers);
                asked.await();
                call.cancel();
                Check.holds(!answers.await().equals("200"), "the end of the call");
                Check.equal(true, call.isCanceled());
                Call canceled = app.calls().newCall(request);
                canceled.cancel();
                fails("Canceled", canceled::execute);
                Call slow = app.calls().newCall(request);
                slow.timeout().timeout(50, TimeUnit.MILLISECONDS);
                fails("timeout", slow::execute);
                try {
                    slow.execute();
                    throw new AssertionError("expected that a call is executed once");
                } catch (IllegalStateException expected) {
                    end.countDown();
                }
            }
        }
    }

    private static final class Answers implements Callback {
        private final CountDownLatch done = new CountDownLatch(1);
        private final AtomicReference<String> answer = new AtomicReference<>();

        @Override
        public void onFailure(Call call, IOException error) {
            answer.set(error.toString());
            done.countDown();
        }

        @Override
        public void onResponse(Call call, Response response) {
            answer.set(String.valueOf(response.code()));
            response.close();
            done.countDown();
        }

        String await() throws InterruptedException {
            done.await();
            return answer.get();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    private static void mismatches(AppRig app, String url) throws IOException {
        try {
            app.get(url);
        } catch (SSLPeerUnverifiedException expected) {
            return;
        }
        throw new AssertionError("expected a mismatch");
    }

    private static void fails(String message, Check.Action action) throws Exception {
        try {
            action.run();
        } catch (IOException error) {
            if (message != null) {
                Check.equal(message, error.getMessage());
            }
            return;
        }
        throw new AssertionError("expected an IOException");
    }
}
