package pinwatch.pins;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Verifies many bundles, for comparisons with another verifier. Standard input has one question a line:
 *
 * <pre>
 * {"roots":[…],"audience":…,"stored":…,"hosts":[…],"device":…,"at":…,"path":[…]}   settings, as in a vector; no answer
 * BASE64                                                                            a bundle; one line of answer
 * </pre>
 *
 * The answer is the code, or for an accepted bundle {@code accepted}, generation, version, time of issue and of expiry,
 * refresh, and for each host its decision and report.
 */
public final class Batch {
    private final BundleVerifier verifier;
    private final Held held;
    private final List<String> hosts;
    private final String device;
    private final long at;
    private final List<String> path;

    private Batch(Map<?, ?> settings) {
        List<byte[]> roots = new ArrayList<>();
        for (String root : strings(settings.get("roots"))) {
            roots.add(Base64.getDecoder().decode(root));
        }
        this.verifier = new BundleVerifier(roots, (String) settings.get("audience"));
        this.held = Vectors.held(settings.get("stored"));
        this.hosts = strings(settings.get("hosts"));
        this.device = (String) settings.get("device");
        this.at = Vectors.integer(settings, "at");
        this.path = strings(settings.get("path"));
    }

    public static void main(String[] args) throws IOException, RefusedException {
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, false, "UTF-8");
        Batch batch = null;
        for (String line; (line = questions.readLine()) != null; ) {
            if (line.startsWith("{")) {
                batch = new Batch((Map<?, ?>) Json.parse(line.getBytes(StandardCharsets.UTF_8)));
                continue;
            }
            answers.print(batch.answer(Base64.getDecoder().decode(line)) + "\n");
            // A driver that waits for answers sends no more questions.
            if (!questions.ready()) {
                answers.flush();
            }
        }
        answers.flush();
    }

    private String answer(byte[] bytes) {
        try {
            Bundle bundle = verifier.verify(bytes);
            if (held != null && !held.isReplacedBy(bundle.held())) {
                return "unchanged";
            }
            return accepted(bundle);
        } catch (RefusedException error) {
            return error.refusal().code();
        } catch (RuntimeException error) {
            // What must never be: the driver counts it as a disagreement.
            return "crash " + error;
        }
    }

    private String accepted(Bundle bundle) {
        Configuration configuration = bundle.configuration();
        StringBuilder answer = new StringBuilder("accepted");
        Tuple tuple = bundle.tuple();
        long[] numbers = {
            tuple.generation(), tuple.version(), tuple.issuedAt(), configuration.expiresAt(), configuration.refresh(),
        };
        for (long number : numbers) {
            answer.append(' ').append(number);
        }
        for (String host : hosts) {
            answer.append(' ').append(Vectors.words(configuration.decide(host, device, at).judge(path)));
        }
        return answer.toString();
    }

    private static List<String> strings(Object array) {
        List<String> strings = new ArrayList<>();
        for (Object one : (List<?>) array) {
            strings.add((String) one);
        }
        return strings;
    }
}
