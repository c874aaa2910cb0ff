package pinwatch.pins;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;

/** A public key on P-256 that verifies ES256 (RFC 7518, 3.4), and its name. */
final class VerifyingKey {
    private final PublicKey key;
    private final String thumbprint;

    private VerifyingKey(PublicKey key, String thumbprint) {
        this.key = key;
        this.thumbprint = thumbprint;
    }

    /** @return null if it is not a point on the curve, uncompressed (04 X Y, 65 octets; SEC 1, 2.3.3) */
    static VerifyingKey ofPoint(byte[] point) {
        if (point.length != 1 + 2 * P256.SIZE || point[0] != 0x04) {
            return null;
        }
        return ofCoordinates(
            Arrays.copyOfRange(point, 1, 1 + P256.SIZE),
            Arrays.copyOfRange(point, 1 + P256.SIZE, 1 + 2 * P256.SIZE));
    }

    /** @return null if it is not a point on the curve */
    static VerifyingKey ofCoordinates(byte[] x, byte[] y) {
        if (!P256.isOnCurve(x, y)) {
            return null;
        }
        // The members that RFC 7638, 3.2 requires for an EC key, in its order.
        String jwk = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" + Base64Url.encode(x) + "\",\"y\":\""
            + Base64Url.encode(y) + "\"}";
        try {
            return new VerifyingKey(P256.publicKey(x, y), Base64Url.encode(Sha256.of(Ascii.bytes(jwk))));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException("this platform has no P-256", error);
        }
    }

    /** RFC 7638, SHA-256, base64url: what {@code kid} names. */
    String thumbprint() {
        return thumbprint;
    }

    /** @param raw r and s; anything else verifies nothing */
    boolean verifies(byte[] signed, byte[] raw) {
        byte[] der = EcdsaSignature.toDer(raw);
        if (der == null) {
            return false;
        }
        try {
            Signature verification = Signature.getInstance("SHA256withECDSA");
            verification.initVerify(key);
            verification.update(signed);
            return verification.verify(der);
        } catch (GeneralSecurityException error) {
            // Some providers throw for a signature that others find wrong. Either way it does not verify.
            return false;
        }
    }
}
