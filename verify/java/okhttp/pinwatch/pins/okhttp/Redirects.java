package pinwatch.pins.okhttp;

import java.net.HttpURLConnection;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** The request that a redirect asks for, by the same rules as OkHttp 3.13's own ({@code RetryAndFollowUpInterceptor}). */
final class Redirects {
    private static final int TEMPORARY = 307;
    private static final int PERMANENT = 308;

    private final boolean isOn;
    private final boolean isOnAcrossSchemes;

    /** @param client whether it follows redirects, and between http and https */
    Redirects(OkHttpClient client) {
        this.isOn = client.followRedirects();
        this.isOnAcrossSchemes = client.followSslRedirects();
    }

    /** @return null if the response is the last one */
    Request next(Response response) {
        Request request = response.request();
        if (!isOn || !isRedirect(response.code(), request.method())) {
            return null;
        }
        String location = response.header("Location");
        HttpUrl from = request.url();
        HttpUrl to = location == null ? null : from.resolve(location);
        if (to == null || !to.scheme().equals(from.scheme()) && !isOnAcrossSchemes) {
            return null;
        }
        Request.Builder next = request.newBuilder().url(to);
        if (mayHaveBody(request.method())) {
            changeMethod(next, request);
        }
        boolean isSameServer =
            to.host().equals(from.host()) && to.port() == from.port() && to.scheme().equals(from.scheme());
        if (!isSameServer) {
            next.removeHeader("Authorization");
        }
        return next.build();
    }

    private static boolean isRedirect(int status, String method) {
        switch (status) {
            case HttpURLConnection.HTTP_MULT_CHOICE:
            case HttpURLConnection.HTTP_MOVED_PERM:
            case HttpURLConnection.HTTP_MOVED_TEMP:
            case HttpURLConnection.HTTP_SEE_OTHER:
                return true;
            case TEMPORARY:
            case PERMANENT:
                // A body may be readable only once, so OkHttp 3 follows these for GET and HEAD alone.
                return method.equals("GET") || method.equals("HEAD");
            default:
                return false;
        }
    }

    private static boolean mayHaveBody(String method) {
        return !method.equals("GET") && !method.equals("HEAD");
    }

    /** To GET without a body, as browsers do; PROPFIND stays what it is (RFC 4918, 9.1). */
    private static void changeMethod(Request.Builder next, Request request) {
        if (request.method().equals("PROPFIND")) {
            next.method("PROPFIND", request.body());
            return;
        }
        next.method("GET", null);
        next.removeHeader("Transfer-Encoding").removeHeader("Content-Length").removeHeader("Content-Type");
    }
}
