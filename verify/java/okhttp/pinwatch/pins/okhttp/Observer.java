package pinwatch.pins.okhttp;

import java.io.IOException;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.CertificatePinner;
import okhttp3.Connection;
import okhttp3.Handshake;
import okhttp3.Interceptor;
import okhttp3.Response;
import pinwatch.pins.Pin;
import pinwatch.pins.PinClient;

/** For hosts whose entry only observes: reports a mismatch with each request, and lets it pass. */
final class Observer implements Interceptor {
    private final String host;
    private final CertificatePinner pinner;
    private final PinClient pins;

    Observer(String host, CertificatePinner pinner, PinClient pins) {
        this.host = host;
        this.pinner = pinner;
        this.pins = pins;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Connection connection = chain.connection();
        Handshake handshake = connection == null ? null : connection.handshake();
        if (handshake != null) {
            observe(handshake.peerCertificates());
        }
        return chain.proceed(chain.request());
    }

    private void observe(List<Certificate> presented) {
        try {
            pinner.check(host, presented);
        } catch (SSLPeerUnverifiedException mismatch) {
            List<String> path = new ArrayList<>();
            for (Certificate certificate : presented) {
                path.add(Pin.of(certificate));
            }
            pins.reportMismatch(host, path, false);
        }
    }
}
