package pinwatch.pins;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;

/** A key that signs test bundles. */
public final class SigningKey {
    private final KeyPair pair;

    private SigningKey(KeyPair pair) {
        this.pair = pair;
    }

    public static SigningKey generate() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return new SigningKey(generator.generateKeyPair());
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    KeyPair pair() {
        return pair;
    }

    /** 04 X Y. */
    public byte[] point() {
        ECPublicKey key = (ECPublicKey) pair.getPublic();
        byte[] point = new byte[65];
        point[0] = 4;
        System.arraycopy(octets(key.getW().getAffineX()), 0, point, 1, 32);
        System.arraycopy(octets(key.getW().getAffineY()), 0, point, 33, 32);
        return point;
    }

    String jwk() {
        byte[] point = point();
        return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + Base64Url.encode(Arrays.copyOfRange(point, 1, 33))
            + "\",\"y\":\"" + Base64Url.encode(Arrays.copyOfRange(point, 33, 65)) + "\"}";
    }

    String kid() {
        return VerifyingKey.ofPoint(point()).thumbprint();
    }

    /** DER, as JCA makes it. */
    byte[] der(byte[] signed) {
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(pair.getPrivate());
            signature.update(signed);
            return signature.sign();
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    /** r and s. */
    byte[] raw(byte[] signed) {
        byte[] der = der(signed);
        byte[] raw = new byte[64];
        int rLength = der[3];
        BigInteger r = new BigInteger(1, Arrays.copyOfRange(der, 4, 4 + rLength));
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(der, 6 + rLength, der.length));
        System.arraycopy(octets(r), 0, raw, 0, 32);
        System.arraycopy(octets(s), 0, raw, 32, 32);
        return raw;
    }

    /** A line of a bundle, without its LF. */
    String line(String typ, String payload) {
        return line("{\"alg\":\"ES256\",\"typ\":\"" + typ + "\",\"kid\":\"" + kid() + "\"}", payload, this);
    }

    /** A line with any header, signed by this key. */
    static String line(String header, String payload, SigningKey key) {
        String signed = encoded(header) + "." + encoded(payload);
        return signed + "." + Base64Url.encode(key.raw(Ascii.bytes(signed)));
    }

    private static String encoded(String text) {
        return Base64Url.encode(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] octets(BigInteger value) {
        byte[] octets = new byte[32];
        byte[] own = value.toByteArray();
        int length = Math.min(own.length, 32);
        System.arraycopy(own, own.length - length, octets, 32 - length, length);
        return octets;
    }
}
