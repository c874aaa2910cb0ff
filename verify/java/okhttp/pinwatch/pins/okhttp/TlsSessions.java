package pinwatch.pins.okhttp;

import java.io.IOException;
import java.net.Socket;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * Finds the caches of TLS sessions that connections use, and drops sessions from them. A resumed session shows the
 * certificates of its first handshake: after a rotation those would be compared with the new pins, and the server's new
 * key never be seen.
 */
final class TlsSessions implements Interceptor {
    private final Set<SSLSessionContext> caches =
        Collections.newSetFromMap(new WeakHashMap<SSLSessionContext, Boolean>());

    /** Which hosts' sessions are dropped. */
    interface Selection {
        boolean includes(String host);
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Connection connection = chain.connection();
        Socket socket = connection == null ? null : connection.socket();
        if (socket instanceof SSLSocket) {
            remember(((SSLSocket) socket).getSession().getSessionContext());
        }
        return chain.proceed(chain.request());
    }

    private synchronized void remember(SSLSessionContext cache) {
        if (cache != null) {
            caches.add(cache);
        }
    }

    synchronized void drop(Selection selection) {
        for (SSLSessionContext cache : caches) {
            for (byte[] id : Collections.list(cache.getIds())) {
                SSLSession session = cache.getSession(id);
                if (session != null && session.getPeerHost() != null && selection.includes(session.getPeerHost())) {
                    session.invalidate();
                }
            }
        }
    }
}
