package pinwatch.pins;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;

public final class FileStoreTest {
    public static void keepsTheLastValue() throws Exception {
        try (TemporaryFolder folder = new TemporaryFolder()) {
            FileStore store = new FileStore(folder.path);
            Check.equal(null, store.read("bundle"));
            store.write("bundle", new byte[] {1, 2, 3});
            store.write("bundle", new byte[] {4});
            Check.equal("[4]", Arrays.toString(new FileStore(folder.path).read("bundle")));
            Check.equal("[bundle]", Arrays.toString(folder.path.list()));
        }
    }

    public static void aWriteThatWasCutOffLeavesTheOldValue() throws Exception {
        try (TemporaryFolder folder = new TemporaryFolder()) {
            FileStore store = new FileStore(folder.path);
            store.write("bundle", new byte[] {1});
            Files.write(new File(folder.path, "bundle.new").toPath(), new byte[] {9, 9});
            Check.equal("[1]", Arrays.toString(store.read("bundle")));
            store.write("bundle", new byte[] {2});
            Check.equal("[2]", Arrays.toString(store.read("bundle")));
        }
    }

    public static void makesItsDirectory() throws Exception {
        try (TemporaryFolder folder = new TemporaryFolder()) {
            File below = new File(folder.path, "pins");
            new FileStore(below).write("bundle", new byte[] {1});
            Files.delete(new File(below, "bundle").toPath());
            Files.delete(below.toPath());
            File file = new File(folder.path, "file");
            Files.write(file.toPath(), new byte[1]);
            try {
                new FileStore(file).write("bundle", new byte[1]);
            } catch (IOException error) {
                return;
            }
            throw new AssertionError("expected an IOException for a directory that is a file");
        }
    }
}
