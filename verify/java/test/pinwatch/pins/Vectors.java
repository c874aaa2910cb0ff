package pinwatch.pins;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The cases of verify/vectors; their README has the format. */
final class Vectors {
    private final Path folder;
    private final Map<?, ?> facts;

    private Vectors(Path folder) throws IOException, RefusedException {
        this.folder = folder;
        this.facts = (Map<?, ?>) Json.parse(Files.readAllBytes(folder.resolve("case.json")));
    }

    /** @return how many cases there are */
    static int run(Path vectors, Suite suite) throws IOException {
        TreeSet<Path> folders = new TreeSet<>();
        try (DirectoryStream<Path> cases = Files.newDirectoryStream(vectors.resolve("cases"))) {
            for (Path folder : cases) {
                folders.add(folder);
            }
        }
        for (Path folder : folders) {
            suite.run("vectors." + folder.getFileName(), () -> new Vectors(folder).check());
        }
        return folders.size();
    }

    private void check() throws Exception {
        BundleVerifier verifier = new BundleVerifier(roots(), (String) facts.get("audience"));
        String found;
        Bundle bundle = null;
        try {
            bundle = verifier.verify(Files.readAllBytes(folder.resolve("bundle")));
            Held held = held(facts.get("stored"));
            found = held == null || held.isReplacedBy(bundle.held()) ? "accepted" : "unchanged";
        } catch (RefusedException error) {
            found = error.refusal().code();
        }
        Check.equal(facts.get("expected"), found);
        if (found.equals("accepted")) {
            checkAccepted((Map<?, ?>) facts.get("accepted"), bundle);
        }
        for (Object decision : (List<?>) facts.get("decisions")) {
            checkDecision((Map<?, ?>) decision, bundle.configuration());
        }
    }

    private List<byte[]> roots() {
        List<byte[]> roots = new ArrayList<>();
        for (Object root : (List<?>) facts.get("roots")) {
            roots.add(Base64.getDecoder().decode((String) root));
        }
        return roots;
    }

    /** Also of the same form in the questions of {@link Batch}. */
    static Held held(Object stored) {
        if (stored == Json.NULL) {
            return null;
        }
        Map<?, ?> facts = (Map<?, ?>) stored;
        Tuple tuple = new Tuple(integer(facts, "generation"), integer(facts, "version"), integer(facts, "issuedAt"));
        return new Held(tuple, (String) facts.get("keys"), (String) facts.get("configuration"));
    }

    private void checkAccepted(Map<?, ?> accepted, Bundle bundle) {
        Configuration configuration = bundle.configuration();
        Check.equal(integer(accepted, "generation"), bundle.tuple().generation());
        Check.equal(integer(accepted, "version"), bundle.tuple().version());
        Check.equal(integer(accepted, "issuedAt"), bundle.tuple().issuedAt());
        Check.equal(integer(accepted, "expiresAt"), configuration.expiresAt());
        Check.equal(integer(accepted, "refresh"), configuration.refresh());
        Check.equal(accepted.get("state"), configuration.isStale(integer(facts, "now")) ? "stale" : "fresh");
    }

    private void checkDecision(Map<?, ?> question, Configuration configuration) {
        Object device = question.get("device");
        List<String> path = new ArrayList<>();
        for (Object pin : (List<?>) question.get("path")) {
            path.add((String) pin);
        }
        Decision decision = configuration.decide(
            (String) question.get("host"), device == Json.NULL ? null : (String) device, integer(question, "at"));
        Verdict verdict = decision.judge(path);
        Check.equal(question.get("decision") + " " + question.get("report"), words(verdict));
    }

    /** A verdict in the words of the vectors: decision and report. */
    static String words(Verdict verdict) {
        switch (verdict) {
            case ALLOWED:
                return "allowed false";
            case MISMATCH:
                return "mismatch true";
            case REPORTED:
                return "allowed true";
            default:
                return "not_pinned false";
        }
    }

    static long integer(Map<?, ?> facts, String name) {
        return ((JsonNumber) facts.get(name)).integer();
    }
}
