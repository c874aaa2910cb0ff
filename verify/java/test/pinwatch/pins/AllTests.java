package pinwatch.pins;

import java.nio.file.Path;
import java.nio.file.Paths;

/** Every test of the verifier and the client. Argument: the folder of the vectors. */
public final class AllTests {
    private AllTests() {}

    public static void main(String[] args) throws Exception {
        Path vectors = Paths.get(args[0]);
        Suite suite = new Suite();
        suite.run(Base64UrlTest.class);
        suite.run(JsonTest.class);
        suite.run(SignatureTest.class);
        suite.run(VerifierTest.class);
        suite.run(DecisionTest.class);
        suite.run(FileStoreTest.class);
        suite.run(HttpFetcherTest.class);
        suite.run(PinClientTest.class);
        suite.run(PollingTest.class);
        int vectorCount = Vectors.run(vectors, suite);
        System.out.println("vectors: " + vectorCount);
        suite.finish("verify/java");
    }
}
