package pinwatch.pins;

import java.util.Collections;
import java.util.List;

/** An account with a root and a signing key, and the bundles that it publishes. */
public final class TestAccount {
    public static final String CHANNEL = "mfrggzdfmztwq2lknnwg23tpob";
    /** When its bundles are issued, seconds since 1970. */
    public static final long ISSUED_AT = 1_795_300_000L;
    public static final long EXPIRES_AT = ISSUED_AT + 14 * 86_400;

    final SigningKey root = SigningKey.generate();
    final SigningKey signing = SigningKey.generate();

    public List<byte[]> roots() {
        return Collections.singletonList(root.point());
    }

    public BundleVerifier verifier() {
        return new BundleVerifier(roots(), CHANNEL);
    }

    /** Any claims, in generation 1. */
    byte[] bundle(String configuration) {
        return bundle(keys(1), configuration);
    }

    byte[] bundle(String keys, String configuration) {
        return bundleOf(root.line("pin-keys+jwt", keys), signing.line("pin-config+jwt", configuration));
    }

    static byte[] bundleOf(String first, String second) {
        return Ascii.bytes(first + "\n" + second + "\n");
    }

    /** The payload of a key statement. */
    String keys(long generation) {
        return "{\"v\":1,\"aud\":\"" + CHANNEL + "\",\"gen\":" + generation + ",\"iat\":1795200000,\"keys\":["
            + signing.jwk() + "]}";
    }

    /** @param domains the object as JSON, perhaps followed by other members */
    public byte[] publish(long version, String domains) {
        return bundle(configuration(version, domains));
    }

    public byte[] publish(long generation, long version, String domains) {
        return bundle(keys(generation), configuration(version, domains));
    }

    static String configuration(long version, String domains) {
        return "{\"v\":1,\"aud\":\"" + CHANNEL + "\",\"ver\":" + version + ",\"iat\":" + ISSUED_AT + ",\"exp\":"
            + EXPIRES_AT + ",\"domains\":" + domains + "}";
    }
}
