package pinwatch.pins;

import java.util.Arrays;

/** Turns a signature of JWS (r and s, 32 octets each; RFC 7518, 3.4) into the DER of JCA (RFC 3279, 2.2.3). */
final class EcdsaSignature {
    private EcdsaSignature() {}

    /** @return null unless it has 64 octets with r and s in their range */
    static byte[] toDer(byte[] raw) {
        if (raw.length != 2 * P256.SIZE) {
            return null;
        }
        byte[] r = Arrays.copyOfRange(raw, 0, P256.SIZE);
        byte[] s = Arrays.copyOfRange(raw, P256.SIZE, 2 * P256.SIZE);
        if (!P256.isScalar(r) || !P256.isScalar(s)) {
            return null;
        }
        byte[] first = integer(r);
        byte[] second = integer(s);
        // At most 72 octets, so every length takes one octet.
        byte[] der = new byte[2 + first.length + second.length];
        der[0] = 0x30;
        der[1] = (byte) (first.length + second.length);
        System.arraycopy(first, 0, der, 2, first.length);
        System.arraycopy(second, 0, der, 2 + first.length, second.length);
        return der;
    }

    private static byte[] integer(byte[] scalar) {
        int start = 0;
        while (scalar[start] == 0) {
            start++;
        }
        // A first bit that is set would make it negative.
        int sign = scalar[start] < 0 ? 1 : 0;
        int length = sign + scalar.length - start;
        byte[] der = new byte[2 + length];
        der[0] = 0x02;
        der[1] = (byte) length;
        System.arraycopy(scalar, start, der, 2 + sign, scalar.length - start);
        return der;
    }
}
