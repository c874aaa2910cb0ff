package pinwatch.pins;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;

/** The curve P-256 (FIPS 186-4, D.1.2.3; RFC 5480, 2.1.1.1: secp256r1). */
final class P256 {
    /** Octets of a coordinate, and of r and s. */
    static final int SIZE = 32;

    private static final BigInteger PRIME =
        new BigInteger("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
    private static final BigInteger B =
        new BigInteger("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", 16);
    private static final BigInteger ORDER =
        new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    /** SubjectPublicKeyInfo of an uncompressed point (RFC 5480, 2), up to the point. */
    private static final byte[] SPKI_PREFIX = {
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    };

    private P256() {}

    /** Key factories differ in whether they check this, and all have to agree on which key statement is in form. */
    static boolean isOnCurve(byte[] x, byte[] y) {
        BigInteger left = new BigInteger(1, y);
        BigInteger right = new BigInteger(1, x);
        if (left.compareTo(PRIME) >= 0 || right.compareTo(PRIME) >= 0) {
            return false;
        }
        BigInteger cubic = right.pow(3).subtract(right.multiply(BigInteger.valueOf(3))).add(B);
        return left.multiply(left).subtract(cubic).mod(PRIME).signum() == 0;
    }

    /**
     * From 1 to the order less 1. CVE-2022-21449: Java 15 to 18 accepted r = s = 0 for anything.
     *
     * @param scalar r or s, 32 octets
     */
    static boolean isScalar(byte[] scalar) {
        BigInteger value = new BigInteger(1, scalar);
        return value.signum() > 0 && value.compareTo(ORDER) < 0;
    }

    /**
     * Built from the X.509 form, because {@code AlgorithmParameters} for EC exist on Android from API level 26 only.
     *
     * @throws GeneralSecurityException if this platform has no P-256
     */
    static PublicKey publicKey(byte[] x, byte[] y) throws GeneralSecurityException {
        byte[] spki = new byte[SPKI_PREFIX.length + 1 + 2 * SIZE];
        System.arraycopy(SPKI_PREFIX, 0, spki, 0, SPKI_PREFIX.length);
        spki[SPKI_PREFIX.length] = 0x04;
        System.arraycopy(x, 0, spki, SPKI_PREFIX.length + 1, SIZE);
        System.arraycopy(y, 0, spki, SPKI_PREFIX.length + 1 + SIZE, SIZE);
        return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(spki));
    }
}
