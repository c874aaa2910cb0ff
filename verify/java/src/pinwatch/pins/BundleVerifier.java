package pinwatch.pins;

import java.util.ArrayList;
import java.util.List;

/**
 * Verifies bundles of one channel: steps 1 to 6 of the specification's order, which decides the code of a bundle with
 * several faults. {@link Held} is step 7. Can be used by several threads. It has no clock: nothing here depends on the time.
 */
public final class BundleVerifier {
    private static final int MOST_ROOTS = 3;

    private final List<VerifyingKey> roots = new ArrayList<>();
    private final String channel;

    /**
     * @param roots the account's root public keys, one to three, each as its 65-byte point (04 X Y)
     * @param channel the channel id
     * @throws IllegalArgumentException if one is not in form: the app was built wrongly
     */
    public BundleVerifier(List<byte[]> roots, String channel) {
        if (roots.isEmpty() || roots.size() > MOST_ROOTS) {
            throw new IllegalArgumentException("roots: expected 1 to " + MOST_ROOTS + ", found " + roots.size());
        }
        for (byte[] point : roots) {
            VerifyingKey root = VerifyingKey.ofPoint(point);
            if (root == null) {
                throw new IllegalArgumentException("roots: expected 65 bytes, 04 and a point on P-256");
            }
            this.roots.add(root);
        }
        if (!ChannelId.isInForm(channel)) {
            throw new IllegalArgumentException("channel: expected 26 base32 characters, found \"" + channel + "\"");
        }
        this.channel = channel;
    }

    /** @param bytes copied by the caller if it goes on to change them */
    public Bundle verify(byte[] bytes) throws RefusedException {
        if (bytes.length > Bundle.MOST_BYTES) {
            throw new RefusedException(Refusal.TOO_LARGE, "expected at most " + Bundle.MOST_BYTES + " bytes");
        }
        String text = Ascii.text(bytes, 0, bytes.length);
        int firstEnd = text.indexOf('\n');
        if (firstEnd < 0 || text.indexOf('\n', firstEnd + 1) != text.length() - 1) {
            throw RefusedException.malformed("expected two lines, each ended by LF");
        }
        Jws first = Jws.parse(text.substring(0, firstEnd));
        Jws second = Jws.parse(text.substring(firstEnd + 1, text.length() - 1));

        VerifyingKey root = root(JwsHeader.kid(first.header, "pin-keys+jwt"));
        KeyStatement keys = KeyStatement.parse(verified(first, root, "key statement"), channel);

        VerifyingKey key = keys.key(JwsHeader.kid(second.header, "pin-config+jwt"));
        if (key == null) {
            throw new RefusedException(Refusal.UNKNOWN_KEY, "configuration: expected a kid of the key statement");
        }
        Configuration configuration = Configuration.parse(verified(second, key, "configuration"), channel);

        Tuple tuple = new Tuple(keys.generation, configuration.version(), configuration.issuedAt());
        return new Bundle(bytes, configuration, new Held(tuple, first.payloadText, second.payloadText));
    }

    private VerifyingKey root(String kid) throws RefusedException {
        for (VerifyingKey root : roots) {
            if (root.thumbprint().equals(kid)) {
                return root;
            }
        }
        throw new RefusedException(Refusal.UNKNOWN_ROOT, "key statement: expected the kid of a root of this app");
    }

    /** @return the payload, which nobody may read before this */
    private static byte[] verified(Jws line, VerifyingKey key, String place) throws RefusedException {
        if (!key.verifies(line.signed, line.signature)) {
            throw new RefusedException(Refusal.BAD_SIGNATURE, place + ": its signature does not verify");
        }
        return line.payload;
    }
}
