package pinwatch.pins;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/**
 * Fetches with the platform's {@code HttpURLConnection} and its trust, without pins. It sends cookies only if the app
 * has installed a process-wide {@code CookieHandler}, which cannot be avoided from here.
 */
public final class HttpFetcher implements Fetcher {
    private static final int SILENCE_MILLIS = 10_000;
    private static final int WHOLE_MILLIS = 20_000;

    /** Ends fetches that take too long. Its thread is there only while something is fetched. */
    private static final ScheduledThreadPoolExecutor DEADLINES =
        new ScheduledThreadPoolExecutor(1, new DaemonThreads("pinwatch-fetch-deadline"));

    static {
        DEADLINES.setKeepAliveTime(1, TimeUnit.SECONDS);
        DEADLINES.allowCoreThreadTimeOut(true);
        DEADLINES.setRemoveOnCancelPolicy(true);
    }

    private final int wholeMillis;

    public HttpFetcher() {
        this(WHOLE_MILLIS);
    }

    /** @param wholeMillis how long a fetch may take */
    HttpFetcher(int wholeMillis) {
        this.wholeMillis = wholeMillis;
    }

    @Override
    public Fetched fetch(String url, String etag) throws IOException {
        final HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(SILENCE_MILLIS);
        connection.setReadTimeout(SILENCE_MILLIS);
        // Set here, so that Android does not inflate the body without a bound.
        connection.setRequestProperty("Accept-Encoding", "gzip");
        if (etag != null) {
            connection.setRequestProperty("If-None-Match", etag);
        }
        // The timeouts above are for silence: a server that sends a byte every few seconds would hold the thread.
        Future<?> deadline = DEADLINES.schedule(new Runnable() {
            @Override
            public void run() {
                connection.disconnect();
            }
        }, wholeMillis, TimeUnit.MILLISECONDS);
        try {
            return answer(connection, etag != null);
        } finally {
            deadline.cancel(false);
            connection.disconnect();
        }
    }

    private static Fetched answer(HttpURLConnection connection, boolean isConditional) throws IOException {
        int status = connection.getResponseCode();
        if (status == HttpURLConnection.HTTP_NOT_MODIFIED && isConditional) {
            return Fetched.notModified();
        }
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IOException("expected status 200" + (isConditional ? " or 304" : "") + ", found " + status);
        }
        boolean isGzip = "gzip".equalsIgnoreCase(connection.getContentEncoding());
        try (InputStream raw = connection.getInputStream();
            InputStream body = isGzip ? new GZIPInputStream(raw) : raw) {
            return Fetched.of(bounded(body), connection.getHeaderField("ETag"));
        }
    }

    /** One byte more than a bundle may have, at most. */
    private static byte[] bounded(InputStream body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[8_192];
        int room = Bundle.MOST_BYTES + 1;
        for (int count; room > 0 && (count = body.read(buffer, 0, Math.min(room, buffer.length))) >= 0; ) {
            bytes.write(buffer, 0, count);
            room -= count;
        }
        return bytes.toByteArray();
    }
}
