package pinwatch.pins;

import java.math.BigInteger;
import java.util.Arrays;

public final class SignatureTest {
    private static final BigInteger ORDER =
        new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
    private static final SigningKey KEY = SigningKey.generate();
    private static final VerifyingKey VERIFYING = VerifyingKey.ofPoint(KEY.point());
    private static final byte[] TEXT = {1, 2, 3};

    public static void verifiesItsOwnKeysSignaturesAlone() {
        byte[] raw = KEY.raw(TEXT);
        Check.holds(VERIFYING.verifies(TEXT, raw), "a signature that verifies");
        Check.holds(!VERIFYING.verifies(new byte[] {1, 2, 4}, raw), "no other text");
        Check.holds(!VerifyingKey.ofPoint(SigningKey.generate().point()).verifies(TEXT, raw), "no other key");
    }

    /** Short integers and first bits that are set come up by chance. */
    public static void convertsManySignatures() {
        for (int count = 0; count < 600; count++) {
            byte[] der = KEY.der(new byte[] {(byte) count, (byte) (count >> 8)});
            byte[] raw = KEY.raw(new byte[] {(byte) count, (byte) (count >> 8)});
            Check.holds(VERIFYING.verifies(new byte[] {(byte) count, (byte) (count >> 8)}, raw), "signature " + count);
            Check.holds(EcdsaSignature.toDer(raw).length <= 72 && der.length <= 72, "at most 72 octets");
        }
    }

    public static void acceptsAHighSAsEs256Does() {
        byte[] raw = KEY.raw(TEXT);
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(raw, 32, 64));
        Check.holds(VERIFYING.verifies(TEXT, with(raw, 32, ORDER.subtract(s))), "the other s");
    }

    public static void refusesScalarsOutOfRange() {
        byte[] raw = KEY.raw(TEXT);
        BigInteger[] wrong = {BigInteger.ZERO, ORDER, ORDER.add(BigInteger.ONE), BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE)};
        for (BigInteger scalar : wrong) {
            Check.equal(null, EcdsaSignature.toDer(with(raw, 0, scalar)));
            Check.equal(null, EcdsaSignature.toDer(with(raw, 32, scalar)));
        }
        Check.holds(EcdsaSignature.toDer(with(raw, 0, BigInteger.ONE)).length > 0, "r = 1 in range");
        Check.equal(null, EcdsaSignature.toDer(new byte[63]));
        Check.equal(null, EcdsaSignature.toDer(new byte[65]));
        Check.holds(!VERIFYING.verifies(TEXT, KEY.der(TEXT)), "no DER");
    }

    public static void refusesPointsOffTheCurve() {
        byte[] point = KEY.point();
        point[64] ^= 1;
        Check.equal(null, VerifyingKey.ofPoint(point));
        Check.equal(null, VerifyingKey.ofPoint(new byte[65]));
        Check.equal(null, VerifyingKey.ofPoint(Arrays.copyOf(KEY.point(), 64)));
        byte[] compressed = KEY.point();
        compressed[0] = 2;
        Check.equal(null, VerifyingKey.ofPoint(compressed));
    }

    /** The EC key of RFC 7517, A.1. Its thumbprint was computed with Node's crypto. */
    public static void namesAKeyByItsThumbprint() {
        VerifyingKey key = VerifyingKey.ofCoordinates(
            Base64Url.decode("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"),
            Base64Url.decode("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"));
        Check.equal("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s", key.thumbprint());
    }

    private static byte[] with(byte[] raw, int at, BigInteger scalar) {
        byte[] changed = raw.clone();
        Arrays.fill(changed, at, at + 32, (byte) 0);
        byte[] octets = scalar.toByteArray();
        int length = Math.min(32, octets.length);
        System.arraycopy(octets, octets.length - length, changed, at + 32 - length, length);
        return changed;
    }
}
