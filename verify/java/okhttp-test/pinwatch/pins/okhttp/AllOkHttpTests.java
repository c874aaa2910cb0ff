package pinwatch.pins.okhttp;

import pinwatch.pins.Suite;

/** Every test of the OkHttp integration. */
public final class AllOkHttpTests {
    private AllOkHttpTests() {}

    public static void main(String[] args) {
        Suite suite = new Suite();
        suite.run(PinnedCallTest.class);
        suite.finish("verify/java/okhttp");
    }
}
