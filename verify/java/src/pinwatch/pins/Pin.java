package pinwatch.pins;

import java.security.PublicKey;
import java.security.cert.Certificate;

/** A pin: SHA-256 of a SubjectPublicKeyInfo in base64 with padding, 44 characters (RFC 7469, 2.4). */
public final class Pin {
    private static final int LENGTH = 44;

    private Pin() {}

    /** The pin of a certificate's key. */
    public static String of(Certificate certificate) {
        return of(certificate.getPublicKey());
    }

    /** @throws IllegalArgumentException if the key has no X.509 form */
    public static String of(PublicKey key) {
        byte[] spki = key.getEncoded();
        if (spki == null) {
            throw new IllegalArgumentException("expected a public key with an X.509 form");
        }
        return Base64Url.encode(Sha256.of(spki)).replace('-', '+').replace('_', '/') + "=";
    }

    /** Pins are compared as text, so a second text of the same bytes would be a pin that never matches. */
    static boolean isInForm(String text) {
        if (text.length() != LENGTH || text.charAt(LENGTH - 1) != '=' || text.indexOf('-') >= 0 || text.indexOf('_') >= 0) {
            return false;
        }
        String url = text.substring(0, LENGTH - 1).replace('+', '-').replace('/', '_');
        return Base64Url.decode(url, Sha256.SIZE) != null;
    }

    static String parse(Object value, String place) throws RefusedException {
        if (!(value instanceof String) || !isInForm((String) value)) {
            throw RefusedException.malformed(place + ": expected a pin, 44 base64 characters");
        }
        return (String) value;
    }
}
