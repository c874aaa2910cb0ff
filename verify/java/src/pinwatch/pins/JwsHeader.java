package pinwatch.pins;

import java.util.Map;

/** A protected header: {@code alg}, {@code typ} and {@code kid}, and nothing else (RFC 8725, 3.1 and 3.10 to 3.12). */
final class JwsHeader {
    private static final int MEMBERS = 3;

    private JwsHeader() {}

    /**
     * @param typ what the line's {@code typ} has to be
     * @return {@code kid}
     * @throws RefusedException {@code malformed} if it is not exactly of this form
     */
    static String kid(byte[] header, String typ) throws RefusedException {
        // Not signed yet, and up to 190 KB: reading stops at a fourth member.
        Object parsed = Json.parse(header, MEMBERS);
        if (!(parsed instanceof Map)) {
            throw RefusedException.malformed("the header: expected an object");
        }
        Map<?, ?> members = (Map<?, ?>) parsed;
        Object kid = members.get("kid");
        boolean isInForm = members.size() == MEMBERS
            && "ES256".equals(members.get("alg"))
            && typ.equals(members.get("typ"))
            && kid instanceof String
            && Base64Url.decode((String) kid, Sha256.SIZE) != null;
        if (!isInForm) {
            throw RefusedException.malformed("the header: expected alg ES256, typ " + typ + " and a kid, nothing else");
        }
        return (String) kid;
    }
}
