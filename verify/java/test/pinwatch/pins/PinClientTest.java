package pinwatch.pins;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;

public final class PinClientTest {
    private static final String OLD = "2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=";
    private static final String NEW = "aPdMAtA2HlJQSU3iyv4U12anVkv4Is1uQKz4jvc+t/4=";
    private static final String HOST = "api.example.com";

    /** An installation of an app: a folder, a server, a clock. */
    private static final class Rig implements Closeable {
        final TestAccount account = new TestAccount();
        final TemporaryFolder folder = new TemporaryFolder();
        final BundleServer server = new BundleServer();
        final HandClock clock = new HandClock();
        final Recorder recorder = new Recorder();

        Rig() throws IOException {
            server.fail(500);
        }

        /** The app starts. */
        PinClient start(byte[] floor) {
            return builder(floor).build();
        }

        PinClientBuilder builder(byte[] floor) {
            PinClientBuilder builder = new PinClientBuilder(TestAccount.CHANNEL)
                .root(Base64.encode(account.root.point()))
                .url(server.url() + "/c/x")
                .store(new FileStore(folder.path))
                .listener(recorder)
                .clock(clock);
            return floor == null ? builder : builder.floor(floor);
        }

        byte[] bundle(long version, String pin) {
            return account.publish(version, pinned(pin));
        }

        @Override
        public void close() throws IOException {
            server.close();
            folder.close();
        }
    }

    private static String pinned(String pin) {
        return "{\"" + HOST + "\":{\"mode\":\"pins\",\"pins\":[\"" + pin + "\"]}}";
    }

    public static void isEmptyWithoutAnything() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(null)) {
            Check.equal(PinStatus.State.EMPTY, client.status().state());
            Check.equal(false, client.decide(HOST).isPinned());
            rig.server.serve(rig.bundle(1, OLD), "\"1\"");
            client.refresh();
            Check.equal(PinStatus.State.FRESH, client.status().state());
            Check.equal(Collections.singletonList("changed [" + HOST + "]"), rig.recorder.heard());
        }
    }

    public static void startsWithTheFloorWithoutNetwork() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(rig.bundle(1, OLD))) {
            Check.equal(Collections.singleton(OLD), client.decide(HOST).pins());
            Check.equal(Collections.emptyList(), rig.server.requests());
            Check.equal(Collections.emptyList(), rig.recorder.heard());
        }
    }

    public static void keepsWhatItFetched() throws Exception {
        try (Rig rig = new Rig()) {
            byte[] floor = rig.bundle(1, OLD);
            rig.server.serve(rig.bundle(2, NEW), "\"2\"");
            try (PinClient client = rig.start(floor)) {
                client.refresh();
            }
            rig.server.fail(500);
            try (PinClient client = rig.start(floor)) {
                Check.equal(2L, client.status().tuple().version());
                Check.equal(Collections.singleton(NEW), client.decide(HOST).pins());
            }
            // A release with a newer floor.
            try (PinClient client = rig.start(rig.bundle(3, OLD))) {
                Check.equal(3L, client.status().tuple().version());
            }
        }
    }

    public static void aDamagedStoreIsAsGoodAsNone() throws Exception {
        try (Rig rig = new Rig()) {
            byte[] stored = rig.bundle(7, NEW);
            stored[stored.length / 2] ^= 1;
            new FileStore(rig.folder.path).write("bundle", stored);
            new FileStore(rig.folder.path).write("fetch", new byte[] {'x', '\n', (byte) 0xff});
            try (PinClient client = rig.start(rig.bundle(1, OLD))) {
                Check.equal(1L, client.status().tuple().version());
                Check.equal(1, rig.recorder.heard().size());
            }
        }
    }

    public static void neverGoesBack() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(rig.account.publish(2, 5, pinned(NEW)))) {
            for (byte[] older : new byte[][] {rig.account.publish(2, 4, pinned(OLD)), rig.account.publish(1, 99, pinned(OLD))}) {
                rig.server.serve(older, "\"old\"");
                client.refresh();
                Check.equal(Collections.singletonList("refused url rollback"), rig.recorder.heard());
            }
            rig.server.serve(rig.account.publish(2, 5, pinned(OLD)), "\"other\"");
            client.refresh();
            Check.equal(Collections.singletonList("refused url conflict"), rig.recorder.heard());
            Check.equal(Collections.singleton(NEW), client.decide(HOST).pins());
        }
    }

    /** A thief of the signing key published version 2^53 - 1. A new generation outranks it. */
    public static void recoversFromAFastForward() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(rig.bundle(1, OLD))) {
            rig.server.serve(rig.account.publish(1, JsonNumber.LARGEST, pinned(NEW)), "\"thief\"");
            client.refresh();
            Check.equal(Collections.singleton(NEW), client.decide(HOST).pins());
            rig.server.serve(rig.account.publish(2, 2, pinned(OLD)), "\"2\"");
            client.refresh();
            Check.equal(Collections.singleton(OLD), client.decide(HOST).pins());
        }
    }

    public static void isStaleAndGoesOn() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(rig.bundle(1, OLD))) {
            rig.clock.move(15 * 86_400);
            Check.equal(PinStatus.State.STALE, client.status().state());
            Check.equal(Verdict.MISMATCH, client.check(HOST, Collections.singleton(NEW)));
            Check.equal(Collections.singletonList("mismatch " + HOST + " true"), rig.recorder.heard());
        }
    }

    public static void asksWithItsEtagAndIsCountedOnceADay() throws Exception {
        try (Rig rig = new Rig()) {
            String path = "/c/x";
            rig.server.serve(rig.bundle(2, NEW), "\"2\"");
            try (PinClient client = rig.start(rig.bundle(1, OLD))) {
                client.refresh();
                client.refresh();
            }
            try (PinClient client = rig.start(rig.bundle(1, OLD))) {
                client.refresh();
                rig.clock.move(86_400);
                client.refresh();
                client.refresh();
            }
            Check.equal(
                Arrays.asList(path + "?v=1", path + " \"2\"", path + " \"2\"", path + "?v=2 \"2\"", path + " \"2\""),
                rig.server.requests());
            Check.equal(Collections.singletonList("changed [" + HOST + "]"), rig.recorder.heard());
        }
    }

    /** Otherwise a store that lost the bundle, but not the ETag, would hear 304 for ever. */
    public static void forgetsAnEtagOfWhatItDoesNotHold() throws Exception {
        try (Rig rig = new Rig()) {
            rig.server.serve(rig.bundle(2, NEW), "\"2\"");
            try (PinClient client = rig.start(rig.bundle(1, OLD))) {
                client.refresh();
            }
            new FileStore(rig.folder.path).write("bundle", new byte[0]);
            try (PinClient client = rig.start(rig.bundle(1, OLD))) {
                client.refresh();
                Check.equal(2L, client.status().tuple().version());
            }
        }
    }

    public static void asksTheNextUrlIfOneFailsOrIsStale() throws Exception {
        try (Rig rig = new Rig(); BundleServer second = new BundleServer();
            PinClient client = rig.builder(rig.bundle(2, OLD)).url(second.url() + "/c/x").build()) {
            second.serve(rig.bundle(3, NEW), "\"3\"");
            client.refresh();
            Check.equal(Arrays.asList("unreachable", "changed [" + HOST + "]"), rig.recorder.heard());
            rig.server.serve(rig.bundle(1, OLD), "\"1\"");
            second.serve(rig.bundle(4, OLD), "\"4\"");
            client.refresh();
            Check.equal(Arrays.asList("refused url rollback", "changed [" + HOST + "]"), rig.recorder.heard());
        }
    }

    public static void refusesTooMuchAndNoise() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(rig.bundle(1, OLD))) {
            rig.server.serve(new byte[Bundle.MOST_BYTES + 1], "\"x\"");
            client.refresh();
            rig.server.serve("<html>Log in to the hotel's network</html>\n".getBytes(), "\"x\"");
            client.refresh();
            rig.server.serve(new byte[0], "\"x\"");
            client.refresh();
            Check.equal(
                Arrays.asList("refused url too_large", "refused url malformed", "refused url malformed"), rig.recorder.heard());
            Check.equal(Collections.singleton(OLD), client.decide(HOST).pins());
        }
    }

    public static void recoversFromAMismatchEvery30Seconds() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(rig.bundle(1, OLD))) {
            rig.server.serve(rig.bundle(1, OLD), "\"1\"");
            Decision used = client.decide(HOST);
            Check.equal(false, client.recover(HOST, used));
            rig.server.serve(rig.bundle(2, NEW), "\"2\"");
            rig.clock.move(29);
            Check.equal(false, client.recover(HOST, used));
            Check.equal(1, rig.server.requests().size());
            rig.clock.move(1);
            Check.equal(true, client.recover(HOST, used));
            // Others whose connection failed meanwhile need no fetch.
            Check.equal(true, client.recover(HOST, used));
            Check.equal(1, rig.server.requests().size());
        }
    }

    public static void manyMismatchesAtOnceAreOneFetch() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(rig.bundle(1, OLD))) {
            rig.server.serve(rig.bundle(2, NEW), "\"2\"");
            Decision used = client.decide(HOST);
            boolean[] recovered = new boolean[16];
            CountDownLatch start = new CountDownLatch(1);
            Thread[] threads = new Thread[recovered.length];
            for (int index = 0; index < threads.length; index++) {
                int own = index;
                threads[index] = new Thread(() -> {
                    try {
                        start.await();
                        recovered[own] = client.recover(HOST, used);
                    } catch (InterruptedException error) {
                        throw new IllegalStateException(error);
                    }
                });
                threads[index].start();
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            for (boolean one : recovered) {
                Check.holds(one, "every request to recover");
            }
            Check.equal(1, rig.server.requests().size());
        }
    }

    public static void appliesWhatItCannotStore() throws Exception {
        try (Rig rig = new Rig()) {
            Store full = new Store() {
                @Override
                public byte[] read(String name) {
                    return null;
                }

                @Override
                public void write(String name, byte[] bytes) throws IOException {
                    throw new IOException("No space left on device");
                }
            };
            rig.server.serve(rig.bundle(2, NEW), "\"2\"");
            try (PinClient client = rig.builder(rig.bundle(1, OLD)).store(full).build()) {
                client.refresh();
                Check.equal(Collections.singleton(NEW), client.decide(HOST).pins());
                Check.equal(true, rig.recorder.heard().contains("store failed"));
            }
        }
    }

    public static void aChangeNamesWhatItAffects() throws Exception {
        try (Rig rig = new Rig()) {
            String before = "{\"a.example\":{\"mode\":\"off\"},\"b.example\":{\"mode\":\"roots\"},\"c.example\":{\"mode\":\"pins\",\"sub\":true,"
                + "\"pins\":[\"" + OLD + "\"]},\"d.example\":{\"mode\":\"off\"}},\"roots\":[\"" + OLD + "\"]";
            String after = before.replace("\"roots\":[\"" + OLD, "\"roots\":[\"" + NEW)
                .replace("\"sub\":true,\"pins\":[\"" + OLD, "\"sub\":true,\"pins\":[\"" + NEW)
                .replace(",\"d.example\":{\"mode\":\"off\"}", "");
            Change[] seen = new Change[1];
            rig.server.serve(rig.account.publish(2, after), "\"2\"");
            PinListener keeper = new PinListener() {
                @Override
                public void changed(Change change) {
                    seen[0] = change;
                }
            };
            try (PinClient client = rig.builder(rig.account.publish(1, before)).listener(keeper).build()) {
                client.refresh();
            }
            Check.equal(Arrays.asList("b.example", "c.example", "d.example"), Arrays.asList(seen[0].entries().toArray()));
            List<String> unaffected = Arrays.asList("a.example", "d.example", "other.example");
            for (String host : unaffected) {
                Check.equal(false, seen[0].affects(host));
            }
            Check.equal(true, seen[0].affects("B.example") && seen[0].affects("x.y.c.example"));
        }
    }

    public static void isBuiltWithRightValues() throws Exception {
        PinClientBuilder builder = new PinClientBuilder(TestAccount.CHANNEL);
        Check.illegal(() -> builder.root("BA"));
        Check.illegal(() -> builder.url("pins.example.com"));
        Check.illegal(() -> builder.url("https://pins.example.com/c/x?y"));
        try {
            builder.build();
        } catch (IllegalStateException expected) {
            return;
        }
        throw new AssertionError("expected an IllegalStateException");
    }

    public static void aFloorOfAnotherAccountIsRefused() throws Exception {
        try (Rig rig = new Rig(); PinClient client = rig.start(new TestAccount().publish(1, "{}"))) {
            Check.equal(PinStatus.State.EMPTY, client.status().state());
            Check.equal(Collections.singletonList("refused floor unknown_root"), rig.recorder.heard());
        }
    }
}
