package pinwatch.pins;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

public final class DecisionTest {
    private static final TestAccount ACCOUNT = new TestAccount();
    private static final String FIRST = "2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=";
    private static final String SECOND = "aPdMAtA2HlJQSU3iyv4U12anVkv4Is1uQKz4jvc+t/4=";
    private static final String ROOT = "NToN2Q2aZBKe0OQ1xDn3AI3m7Rt4k4aLYzgPixc4oxE=";
    private static final List<String> NONE = Collections.emptyList();
    private static final long NOW = TestAccount.ISSUED_AT;

    private static final String DOMAINS = "{"
        + "\"api.example.com\":{\"mode\":\"pins\",\"pins\":[\"" + FIRST + "\"]},"
        + "\"example.com\":{\"mode\":\"pins\",\"pins\":[\"" + SECOND + "\"],\"sub\":true},"
        + "\"deep.api.example.com\":{\"mode\":\"off\"},"
        + "\"cdn.example.net\":{\"mode\":\"roots\",\"sub\":true},"
        + "\"old.example.org\":{\"mode\":\"observe\",\"pins\":[\"" + FIRST + "\"]}},"
        + "\"roots\":[\"" + ROOT + "\"]";

    public static void oneKeyOfThePathIsEnough() throws Exception {
        Decision decision = decide(DOMAINS, "api.example.com");
        Check.equal(Verdict.ALLOWED, decision.judge(Arrays.asList(ROOT, SECOND, FIRST)));
        Check.equal(Verdict.MISMATCH, decision.judge(Arrays.asList(ROOT, SECOND)));
        Check.equal(Verdict.MISMATCH, decision.judge(NONE));
    }

    public static void theLongestEntryWinsAlone() throws Exception {
        Check.equal(Collections.singleton(FIRST), decide(DOMAINS, "API.example.com.").pins());
        // "api.example.com" does not cover what is below it.
        Check.equal(Collections.singleton(SECOND), decide(DOMAINS, "v2.api.example.com").pins());
        Check.equal(Collections.singleton(SECOND), decide(DOMAINS, "example.com").pins());
        Check.equal(Collections.singleton(SECOND), decide(DOMAINS, "a.b.c.example.com").pins());
        Check.equal(Verdict.NOT_PINNED, decide(DOMAINS, "deep.api.example.com").judge(NONE));
    }

    public static void otherHostsAreAsTheDefaultSays() throws Exception {
        for (String host : new String[] {"com", "notexample.com", "example.com..", "", "1.2.3.4", "::1", "api.example.\u212aom"}) {
            Check.equal(Verdict.NOT_PINNED, decide(DOMAINS, host).judge(NONE));
            Check.equal(Verdict.MISMATCH, decide(DOMAINS + ",\"default\":\"roots\"", host).judge(NONE));
        }
    }

    public static void modes() throws Exception {
        Check.equal(Verdict.REPORTED, decide(DOMAINS, "old.example.org").judge(Arrays.asList(SECOND)));
        Check.equal(Verdict.ALLOWED, decide(DOMAINS, "old.example.org").judge(Arrays.asList(FIRST)));
        Check.equal(Verdict.ALLOWED, decide(DOMAINS, "x.cdn.example.net").judge(Arrays.asList(FIRST, ROOT)));
        Check.equal(Verdict.MISMATCH, decide(DOMAINS, "cdn.example.net").judge(Arrays.asList(FIRST)));
    }

    public static void expiryOpensOnlyIfTheConfigurationSaysSo() throws Exception {
        Decision enforced = decide(DOMAINS, "api.example.com", null, TestAccount.EXPIRES_AT + 1_000_000);
        Check.equal(Verdict.MISMATCH, enforced.judge(NONE));
        String open = DOMAINS + ",\"afterExpiry\":\"off\"";
        Check.equal(Verdict.MISMATCH, decide(open, "api.example.com", null, TestAccount.EXPIRES_AT - 1).judge(NONE));
        Check.equal(Verdict.NOT_PINNED, decide(open, "api.example.com", null, TestAccount.EXPIRES_AT).judge(NONE));
    }

    public static void aDeviceIsUnpinnedForATime() throws Exception {
        String id = DeviceId.random();
        Check.equal(22, id.length());
        String hash = DeviceId.hash(TestAccount.CHANNEL, id);
        String all = DOMAINS + ",\"devices\":[{\"h\":\"" + hash + "\",\"until\":" + (NOW + 60) + "}]";
        Check.equal(Verdict.NOT_PINNED, decide(all, "api.example.com", id, NOW + 59).judge(NONE));
        Check.equal(Verdict.MISMATCH, decide(all, "api.example.com", id, NOW + 60).judge(NONE));
        Check.equal(Verdict.MISMATCH, decide(all, "api.example.com", DeviceId.random(), NOW).judge(NONE));
        Check.equal(Verdict.MISMATCH, decide(all, "api.example.com", null, NOW).judge(NONE));
        String one = all.replace("}]", ",\"domains\":[\"example.com\"]}]");
        Check.equal(Verdict.NOT_PINNED, decide(one, "www.example.com", id, NOW).judge(NONE));
        Check.equal(Verdict.MISMATCH, decide(one, "api.example.com", id, NOW).judge(NONE));
    }

    public static void deviceHash() {
        // printf 'pinwatch-device\0mfrggzdfmztwq2lknnwg23tpob\0AAAAAAAAAAAAAAAAAAAAAA' | openssl dgst -sha256 -binary | basenc --base64url
        Check.equal("g1djE-ge7-TWC-fwo9elEKZiJDqIVAAISxJrgrde_D8", DeviceId.hash(TestAccount.CHANNEL, "AAAAAAAAAAAAAAAAAAAAAA"));
    }

    private static Decision decide(String domains, String host) throws Exception {
        return decide(domains, host, null, NOW);
    }

    private static Decision decide(String domains, String host, String device, long at) throws Exception {
        return ACCOUNT.verifier().verify(ACCOUNT.publish(1, domains)).configuration().decide(host, device, at);
    }
}
