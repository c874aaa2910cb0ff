package pinwatch.pins;

import java.util.ArrayList;
import java.util.List;

/** The claims of the first line: which keys sign configurations in this generation. */
final class KeyStatement {
    private static final String PLACE = "key statement";
    private static final int MOST_KEYS = 8;

    /** Rises with each statement, and outranks every configuration's version. */
    final long generation;
    private final List<VerifyingKey> keys;

    private KeyStatement(long generation, List<VerifyingKey> keys) {
        this.generation = generation;
        this.keys = keys;
    }

    /** @param payload its signature has been verified */
    static KeyStatement parse(byte[] payload, String channel) throws RefusedException {
        Claims claims = Payload.open(payload, PLACE);
        String audience = Payload.audience(claims);
        long generation = claims.integer("gen", 1, JsonNumber.LARGEST);
        Payload.seconds(claims, "iat");
        List<VerifyingKey> keys = new ArrayList<>();
        for (Object jwk : claims.list("keys", 1, MOST_KEYS)) {
            keys.add(key(jwk));
        }
        Payload.requireAudience(audience, channel, PLACE);
        return new KeyStatement(generation, keys);
    }

    /** A public JWK (RFC 7518, 6.2.1) with its required members alone: a private key is refused, among others. */
    private static VerifyingKey key(Object jwk) throws RefusedException {
        Claims members = Claims.of(jwk, PLACE + ".keys[]");
        if (members.size() != 4 || !"EC".equals(members.string("kty")) || !"P-256".equals(members.string("crv"))) {
            throw members.expected("kty", "EC with crv P-256, x and y, nothing else");
        }
        VerifyingKey key =
            VerifyingKey.ofCoordinates(members.base64Url("x", P256.SIZE), members.base64Url("y", P256.SIZE));
        if (key == null) {
            throw members.expected("x", "a point on the curve");
        }
        return key;
    }

    /** @return null if this statement has no such key */
    VerifyingKey key(String kid) {
        for (VerifyingKey key : keys) {
            if (key.thumbprint().equals(kid)) {
                return key;
            }
        }
        return null;
    }
}
