package pinwatch.pins;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;

public final class VerifierTest {
    private static final TestAccount ACCOUNT = new TestAccount();
    private static final BundleVerifier VERIFIER = ACCOUNT.verifier();
    private static final String PIN = "2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=";
    private static final String DOMAINS = "{\"api.example.com\":{\"mode\":\"pins\",\"pins\":[\"" + PIN + "\"]}}";
    private static final String KEYS_TYP = "pin-keys+jwt";
    private static final String CONFIGURATION_TYP = "pin-config+jwt";

    public static void acceptsWhatTheAccountPublishes() throws Exception {
        Bundle bundle = VERIFIER.verify(ACCOUNT.publish(3, 41, DOMAINS));
        Check.equal(new Tuple(3, 41, TestAccount.ISSUED_AT), bundle.tuple());
        Check.equal(Configuration.DEFAULT_REFRESH, bundle.configuration().refresh());
        Check.equal(Collections.singleton("api.example.com"), bundle.configuration().hosts());
        Check.holds(!bundle.configuration().isStale(TestAccount.EXPIRES_AT - 1), "fresh before exp");
        Check.holds(bundle.configuration().isStale(TestAccount.EXPIRES_AT), "stale at exp");
    }

    public static void everyByteCounts() throws Exception {
        byte[] bundle = ACCOUNT.publish(1, DOMAINS);
        for (int at = 0; at < bundle.length; at++) {
            for (int mask : new int[] {0x01, 0x20, 0x80}) {
                byte[] changed = bundle.clone();
                changed[at] ^= (byte) mask;
                refusedAsAny(changed, "byte " + at);
            }
        }
    }

    public static void everyLengthCounts() throws Exception {
        byte[] bundle = ACCOUNT.publish(1, DOMAINS);
        for (int length = 0; length < bundle.length; length++) {
            refusedAsAny(Arrays.copyOf(bundle, length), length + " bytes");
        }
    }

    private static void refusedAsAny(byte[] bundle, String what) {
        try {
            VERIFIER.verify(bundle);
        } catch (RefusedException error) {
            return;
        }
        throw new AssertionError(what + ": expected a refusal");
    }

    public static void refusesByForm() throws Exception {
        String text = new String(ACCOUNT.publish(1, DOMAINS), StandardCharsets.US_ASCII);
        String[] wrong = {
            "", "\n", "\n\n", text + "\n", "\n" + text, text.trim(), text.replace("\n", "\r\n"), " " + text, text + "x",
            text.replaceFirst("\\.", ".."), text.replaceFirst("\\.", ""), text.replaceFirst("\n", "=\n"),
            text.replaceFirst("\n", ".AA\n"), "..\n..\n", "\ufeff" + text,
        };
        for (String one : wrong) {
            refuses(Refusal.MALFORMED, one.getBytes(StandardCharsets.UTF_8));
        }
        byte[] large = new byte[Bundle.MOST_BYTES + 1];
        refuses(Refusal.TOO_LARGE, large);
        refuses(Refusal.MALFORMED, Arrays.copyOf(large, Bundle.MOST_BYTES));
    }

    public static void acceptsTheLargestBundle() throws Exception {
        byte[] small = ACCOUNT.publish(1, DOMAINS + ",\"note\":\"\"");
        // Four base64 characters hold three, so the last few bytes can't always be met exactly.
        int room = (Bundle.MOST_BYTES - small.length) / 4 * 3;
        byte[] large = ACCOUNT.publish(1, DOMAINS + ",\"note\":\"" + repeat("x", room) + "\"");
        Check.holds(large.length > Bundle.MOST_BYTES - 8, "nearly the most bytes");
        VERIFIER.verify(large);
        refuses(Refusal.TOO_LARGE, ACCOUNT.publish(1, DOMAINS + ",\"note\":\"" + repeat("x", room + 6) + "\""));
    }

    public static void refusesHeaders() throws Exception {
        String kid = ACCOUNT.root.kid();
        String[] headers = {
            "{\"alg\":\"none\",\"typ\":\"pin-keys+jwt\",\"kid\":\"" + kid + "\"}",
            "{\"alg\":\"HS256\",\"typ\":\"pin-keys+jwt\",\"kid\":\"" + kid + "\"}",
            "{\"alg\":\"es256\",\"typ\":\"pin-keys+jwt\",\"kid\":\"" + kid + "\"}",
            "{\"alg\":\"ES256\",\"typ\":\"pin-config+jwt\",\"kid\":\"" + kid + "\"}",
            "{\"alg\":\"ES256\",\"typ\":\"pin-keys+jwt\",\"kid\":\"" + kid + "\",\"crit\":[]}",
            "{\"alg\":\"ES256\",\"typ\":\"pin-keys+jwt\",\"kid\":\"" + kid + "\",\"jwk\":{}}",
            "{\"alg\":\"ES256\",\"typ\":\"pin-keys+jwt\"}",
            "{\"alg\":\"ES256\",\"typ\":\"pin-keys+jwt\",\"kid\":7}",
            "{\"alg\":\"ES256\",\"typ\":\"pin-keys+jwt\",\"kid\":\"AA\"}",
            "{\"alg\":\"ES256\",\"typ\":\"pin-keys+jwt\",\"kid\":\"" + kid + "\",\"kid\":\"" + kid + "\"}",
            "[]", "null", "{", "",
        };
        for (String header : headers) {
            refuses(Refusal.MALFORMED, withFirst(SigningKey.line(header, ACCOUNT.keys(1), ACCOUNT.root)));
        }
        // The order of members, white space and escapes are nobody's business.
        VERIFIER.verify(withFirst(SigningKey.line(
            " {\"kid\":\"" + kid + "\", \"typ\":\"pin-keys\\u002bjwt\",\"alg\":\"\\u0045S256\"}\n", ACCOUNT.keys(1), ACCOUNT.root)));
    }

    public static void refusesKeysAndSignatures() throws Exception {
        SigningKey foreign = SigningKey.generate();
        refuses(Refusal.UNKNOWN_ROOT, withFirst(foreign.line(KEYS_TYP, ACCOUNT.keys(1))));
        refuses(Refusal.BAD_SIGNATURE, withFirst(SigningKey.line(
            "{\"alg\":\"ES256\",\"typ\":\"pin-keys+jwt\",\"kid\":\"" + ACCOUNT.root.kid() + "\"}", ACCOUNT.keys(1), foreign)));
        refuses(Refusal.UNKNOWN_KEY, withSecond(foreign.line(CONFIGURATION_TYP, TestAccount.configuration(1, DOMAINS))));
        // A root signs key statements alone.
        refuses(Refusal.UNKNOWN_KEY, withSecond(ACCOUNT.root.line(CONFIGURATION_TYP, TestAccount.configuration(1, DOMAINS))));
        String line = ACCOUNT.root.line(KEYS_TYP, ACCOUNT.keys(1));
        String signed = line.substring(0, line.lastIndexOf('.'));
        byte[][] signatures = {new byte[64], new byte[1], ACCOUNT.root.der(Ascii.bytes(signed))};
        for (byte[] signature : signatures) {
            refuses(Refusal.BAD_SIGNATURE, withFirst(signed + "." + Base64Url.encode(signature)));
        }
    }

    public static void refusesKeyStatements() throws Exception {
        String keys = ACCOUNT.keys(1);
        String jwk = ACCOUNT.signing.jwk();
        String[] malformed = {
            keys.replace("\"gen\":1", "\"gen\":0"), keys.replace("\"gen\":1", "\"gen\":1.0"),
            keys.replace("\"gen\":1", "\"gen\":\"1\""), keys.replace("\"gen\":1,", ""), keys.replace("\"iat\"", "\"eat\""),
            keys.replace("\"v\":1", "\"v\":1e0"), keys.replace("\"v\":1,", ""), keys.replace(jwk, ""),
            keys.replace(jwk, repeat(jwk + ",", 8) + jwk), keys.replace("\"EC\"", "\"EC\",\"use\":\"sig\""),
            keys.replace("P-256", "P-384"), keys.replace("\"x\"", "\"d\""), keys.replace("mfrggzd", "MFRGGZD"),
            keys.replace(jwk, "null"), "[" + keys + "]", keys + "x", "\ufeff" + keys,
        };
        for (String payload : malformed) {
            refuses(Refusal.MALFORMED, withFirst(ACCOUNT.root.line(KEYS_TYP, payload)));
        }
        refuses(Refusal.UNSUPPORTED, withFirst(ACCOUNT.root.line(KEYS_TYP, "{\"v\":2}")));
        refuses(Refusal.UNSUPPORTED, withFirst(ACCOUNT.root.line(KEYS_TYP, keys.replace("\"v\":1", "\"v\":0"))));
        refuses(Refusal.WRONG_AUDIENCE, withFirst(ACCOUNT.root.line(KEYS_TYP, keys.replace("mfr", "mfs"))));
        VERIFIER.verify(withFirst(ACCOUNT.root.line(KEYS_TYP, keys.replace("{\"v\"", "{\"new\":[null],\"v\""))));
    }

    public static void refusesConfigurations() throws Exception {
        String good = TestAccount.configuration(1, DOMAINS);
        String[] malformed = {
            good.replace("\"ver\":1", "\"ver\":0"), good.replace("\"exp\":17", "\"exp\":16"),
            good.replace("\"exp\":" + TestAccount.EXPIRES_AT, "\"exp\":" + TestAccount.ISSUED_AT),
            with("\"refresh\":59"), with("\"refresh\":86401"), with("\"refresh\":null"), with("\"afterExpiry\":\"open\""),
            with("\"default\":true"), with("\"default\":\"roots\""), with("\"default\":\"roots\",\"roots\":[]"),
            with("\"roots\":[\"" + PIN.replace("E=", "F=") + "\"]"), with("\"roots\":{}"),
            with("\"devices\":[{}]"), with("\"devices\":[{\"h\":\"AA\",\"until\":1}]"), with("\"devices\":null"),
            good.replace("\"domains\"", "\"hosts\""), good.replace(DOMAINS, "[]"),
        };
        for (String payload : malformed) {
            refuses(Refusal.MALFORMED, ACCOUNT.bundle(payload));
        }
        refuses(Refusal.WRONG_AUDIENCE, ACCOUNT.bundle(good.replace("mfr", "mfs").replace("\"pins\"", "\"pin\"")));
        refuses(Refusal.UNSUPPORTED, ACCOUNT.bundle("{\"v\":2,\"aud\":null}"));
        VERIFIER.verify(ACCOUNT.bundle(with("\"refresh\":60,\"afterExpiry\":\"off\",\"roots\":[],\"devices\":[],\"x\":-0.0e9")));
        VERIFIER.verify(ACCOUNT.bundle(with("\"default\":\"roots\",\"roots\":[\"" + PIN + "\"]")));
    }

    public static void refusesEntries() throws Exception {
        String pins = "[\"" + PIN + "\"]";
        String[] malformed = {
            "{}", "null", "{\"mode\":\"PINS\",\"pins\":" + pins + "}", "{\"mode\":\"pins\"}", "{\"mode\":\"pins\",\"pins\":[]}",
            "{\"mode\":\"observe\"}", "{\"mode\":\"off\",\"pins\":[]}", "{\"mode\":\"off\",\"sub\":1}", "{\"mode\":\"roots\"}",
            "{\"mode\":\"pins\",\"pins\":[" + repeat("\"" + PIN + "\",", 32) + "\"" + PIN + "\"]}",
            "{\"mode\":\"pins\",\"pins\":[\"sha256/" + PIN + "\"]}", "{\"mode\":\"pins\",\"pins\":[\"" + PIN.replace('/', '_') + "\"]}",
        };
        for (String entry : malformed) {
            refuses(Refusal.MALFORMED, ACCOUNT.publish(1, "{\"good.example\":{\"mode\":\"off\"},\"api.example.com\":" + entry + "}"));
        }
        VERIFIER.verify(ACCOUNT.publish(1, "{\"a.b\":{\"mode\":\"off\",\"sub\":true,\"pins\":" + pins + ",\"new\":1}}"));
    }

    public static void namesHosts() throws Exception {
        String label = repeat("a", 63);
        String longest = label + "." + label + "." + label + "." + repeat("a", 61);
        for (String host : new String[] {"a.b", "_dmarc.x-y.example", "xn--bcher-kva.example", "1.2.3.4a", "0.x0", "a.0y", longest}) {
            VERIFIER.verify(ACCOUNT.publish(1, "{\"" + host + "\":{\"mode\":\"off\"}}"));
        }
        String[] wrong = {
            "", "a", "localhost", ".a.b", "a.b.", "a..b", "A.b", "*.a.b", "a.b:443", "1.2.3.4", "a.5", "a.0x", "a.0xf", "[::1]", "a-.b",
            "a.-b", "bücher.example", "a b.c", "a." + label + "a", longest + "a",
        };
        for (String host : wrong) {
            refuses(Refusal.MALFORMED, ACCOUNT.publish(1, "{\"" + host + "\":{\"mode\":\"off\"}}"));
        }
    }

    public static void countsDomains() throws Exception {
        VERIFIER.verify(ACCOUNT.publish(1, domains(1_000)));
        refuses(Refusal.MALFORMED, ACCOUNT.publish(1, domains(1_001)));
    }

    public static void aBundleFollowsTheOneHeld() throws Exception {
        byte[] bytes = ACCOUNT.publish(2, 5, DOMAINS);
        Held held = VERIFIER.verify(bytes).held();
        Check.equal(false, held.isReplacedBy(VERIFIER.verify(ACCOUNT.publish(2, 5, DOMAINS)).held()));
        Check.equal(true, held.isReplacedBy(VERIFIER.verify(ACCOUNT.publish(2, 6, DOMAINS)).held()));
        Check.equal(true, held.isReplacedBy(VERIFIER.verify(ACCOUNT.publish(3, 1, DOMAINS)).held()));
        Check.refused(Refusal.ROLLBACK, () -> held.isReplacedBy(VERIFIER.verify(ACCOUNT.publish(2, 4, DOMAINS)).held()));
        Check.refused(Refusal.ROLLBACK, () -> held.isReplacedBy(VERIFIER.verify(ACCOUNT.publish(1, 99, DOMAINS)).held()));
        Check.refused(Refusal.CONFLICT, () -> held.isReplacedBy(VERIFIER.verify(ACCOUNT.publish(2, 5, "{}")).held()));
        String later = ACCOUNT.keys(2).replace("1795200000", "1795200001");
        Check.refused(Refusal.CONFLICT, () -> held.isReplacedBy(
            VERIFIER.verify(ACCOUNT.bundle(later, TestAccount.configuration(5, DOMAINS))).held()));
    }

    public static void isBuiltWithRootsAndAChannel() throws Exception {
        Check.illegal(() -> new BundleVerifier(Collections.emptyList(), TestAccount.CHANNEL));
        Check.illegal(() -> new BundleVerifier(Collections.nCopies(4, ACCOUNT.root.point()), TestAccount.CHANNEL));
        Check.illegal(() -> new BundleVerifier(Collections.singletonList(new byte[65]), TestAccount.CHANNEL));
        Check.illegal(() -> new BundleVerifier(ACCOUNT.roots(), "acme"));
    }

    private static byte[] withFirst(String line) {
        return TestAccount.bundleOf(line, ACCOUNT.signing.line(CONFIGURATION_TYP, TestAccount.configuration(1, DOMAINS)));
    }

    private static byte[] withSecond(String line) {
        return TestAccount.bundleOf(ACCOUNT.root.line(KEYS_TYP, ACCOUNT.keys(1)), line);
    }

    private static String with(String member) {
        return TestAccount.configuration(1, DOMAINS + "," + member);
    }

    private static String domains(int count) {
        StringBuilder domains = new StringBuilder();
        for (int index = 0; index < count; index++) {
            domains.append(index == 0 ? "{" : ",").append("\"h").append(index).append(".example\":{\"mode\":\"off\"}");
        }
        return domains.append("}").toString();
    }

    private static String repeat(String text, int times) {
        StringBuilder all = new StringBuilder();
        for (int time = 0; time < times; time++) {
            all.append(text);
        }
        return all.toString();
    }

    private static void refuses(Refusal expected, byte[] bundle) throws Exception {
        Check.refused(expected, () -> VERIFIER.verify(bundle));
    }
}
