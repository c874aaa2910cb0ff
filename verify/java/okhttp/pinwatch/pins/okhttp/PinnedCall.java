package pinwatch.pins.okhttp;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Request;
import okhttp3.Response;
import okio.Timeout;
import pinwatch.pins.Decision;
import pinwatch.pins.PinClient;

/** A call that may become several: one for each redirect, and one more for a host whose pins have changed. */
final class PinnedCall implements Call {
    /** As OkHttp, and browsers. */
    private static final int MOST_REDIRECTS = 20;

    private final Request original;
    private final PinClient pins;
    private final PinnedClients clients;
    private final TlsSessions sessions;
    private final Redirects redirects;
    private final Timeout timeout = new Timeout();

    private Request request;
    private Response prior;
    private int redirectCount;
    /** The host of the last redirect's target has been retried. */
    private boolean isRetried;
    private Decision decision;
    private long startNanos;

    private Call current;
    private boolean isExecuted;
    private boolean isCanceled;

    PinnedCall(
        Request request, PinClient pins, PinnedClients clients, TlsSessions sessions, Redirects redirects) {
        this.original = request;
        this.request = request;
        this.pins = pins;
        this.clients = clients;
        this.sessions = sessions;
        this.redirects = redirects;
        this.timeout.timeout(clients.callTimeoutMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public Response execute() throws IOException {
        begin();
        while (true) {
            Call call = nextCall();
            try {
                Response last = lastOrNull(call.execute());
                if (last != null) {
                    return last;
                }
            } catch (SSLPeerUnverifiedException error) {
                recoverOrThrow(error);
            }
        }
    }

    @Override
    public void enqueue(Callback callback) {
        begin();
        enqueueNext(callback);
    }

    /** Redirects and the retry go on from OkHttp's thread. */
    private void enqueueNext(final Callback callback) {
        Call call;
        try {
            call = nextCall();
        } catch (IOException error) {
            callback.onFailure(this, error);
            return;
        }
        call.enqueue(new Callback() {
            @Override
            public void onFailure(Call call, IOException error) {
                try {
                    if (!(error instanceof SSLPeerUnverifiedException)) {
                        throw error;
                    }
                    recoverOrThrow((SSLPeerUnverifiedException) error);
                } catch (IOException last) {
                    callback.onFailure(PinnedCall.this, last);
                    return;
                }
                enqueueNext(callback);
            }

            @Override
            public void onResponse(Call call, Response response) throws IOException {
                Response last;
                try {
                    last = lastOrNull(response);
                } catch (IOException error) {
                    callback.onFailure(PinnedCall.this, error);
                    return;
                }
                if (last == null) {
                    enqueueNext(callback);
                } else {
                    callback.onResponse(PinnedCall.this, last);
                }
            }
        });
    }

    private synchronized void begin() {
        if (isExecuted) {
            throw new IllegalStateException("Already Executed");
        }
        isExecuted = true;
        startNanos = System.nanoTime();
    }

    /** With the pins of this moment. */
    private Call nextCall() throws IOException {
        String host = request.url().host();
        decision = pins.decide(host);
        Call call = clients.forDecision(host, decision).newCall(request);
        call.timeout().timeout(nanosLeft(), TimeUnit.NANOSECONDS);
        synchronized (this) {
            if (isCanceled) {
                throw new IOException("Canceled");
            }
            current = call;
        }
        return call;
    }

    /** The whole call has one timeout, however many calls it becomes. 0: none. */
    private long nanosLeft() {
        long whole = timeout.timeoutNanos();
        return whole == 0 ? 0 : Math.max(whole - (System.nanoTime() - startNanos), 1);
    }

    /** @return null if there is another request to make */
    private Response lastOrNull(Response response) throws IOException {
        Response whole = prior == null ? response : response.newBuilder().priorResponse(prior).build();
        Request next = redirects.next(response);
        if (next == null) {
            return whole;
        }
        response.close();
        if (++redirectCount > MOST_REDIRECTS) {
            throw new ProtocolException("Too many follow-up requests: " + redirectCount);
        }
        if (decision.isEnforced() && !next.url().isHttps()) {
            throw new ProtocolException("redirected from a pinned host to " + next.url().scheme());
        }
        prior = whole.newBuilder().body(null).build();
        isRetried = isRetried && next.url().host().equals(request.url().host());
        request = next;
        return null;
    }

    /**
     * A mismatch comes before anything is sent, so the request can be made again. A host name that the certificate does
     * not have is the same exception; fetching then is in vain, but bounded.
     */
    private void recoverOrThrow(SSLPeerUnverifiedException error) throws IOException {
        final String failed = request.url().host();
        sessions.drop(new TlsSessions.Selection() {
            @Override
            public boolean includes(String host) {
                return host.equalsIgnoreCase(failed);
            }
        });
        if (isRetried || !decision.isEnforced() || !pins.recover(failed, decision)) {
            throw error;
        }
        isRetried = true;
    }

    @Override
    public Request request() {
        return original;
    }

    @Override
    public synchronized void cancel() {
        isCanceled = true;
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public synchronized boolean isExecuted() {
        return isExecuted;
    }

    @Override
    public synchronized boolean isCanceled() {
        return isCanceled;
    }

    @Override
    public Timeout timeout() {
        return timeout;
    }

    @Override
    public Call clone() {
        return new PinnedCall(original, pins, clients, sessions, redirects);
    }
}
