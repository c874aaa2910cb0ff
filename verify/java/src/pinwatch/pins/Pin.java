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
        return Base64.encode(Sha256.of(spki));
    }

    /** Pins are compared as text, so a second text of the same bytes would be a pin that never matches. */
    static boolean isInForm(String text) {
        byte[] hash = text.length() == LENGTH ? Base64.decode(text) : null;
        return hash != null && hash.length == Sha256.SIZE;
    }

    static String parse(Object value, String place) throws RefusedException {
        if (!(value instanceof String) || !isInForm((String) value)) {
            throw RefusedException.malformed(place + ": expected a pin, 44 base64 characters");
        }
        return (String) value;
    }
}
