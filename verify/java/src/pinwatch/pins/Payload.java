package pinwatch.pins;

/** What both payloads have in common: strict JSON, an object, {@code v} and {@code aud}. */
final class Payload {
    private static final long VERSION = 1;

    private Payload() {}

    /**
     * @throws RefusedException {@code malformed}; {@code unsupported} if {@code v} is not 1. That is judged before the
     *     other claims, because those of another version may have any form
     */
    static Claims open(byte[] payload, String place) throws RefusedException {
        Claims claims = Claims.of(Json.parse(payload), place);
        long version = claims.integer("v", 0, JsonNumber.LARGEST);
        if (version != VERSION) {
            throw new RefusedException(Refusal.UNSUPPORTED, place + ".v: expected " + VERSION + ", found " + version);
        }
        return claims;
    }

    static String audience(Claims claims) throws RefusedException {
        String audience = claims.string("aud");
        if (!ChannelId.isInForm(audience)) {
            throw claims.expected("aud", "a channel id, 26 base32 characters");
        }
        return audience;
    }

    static void requireAudience(String found, String expected, String place) throws RefusedException {
        if (!found.equals(expected)) {
            throw new RefusedException(
                Refusal.WRONG_AUDIENCE, place + ".aud: expected " + expected + ", found " + found);
        }
    }

    static long seconds(Claims claims, String name) throws RefusedException {
        return claims.integer(name, 0, JsonNumber.LARGEST);
    }
}
