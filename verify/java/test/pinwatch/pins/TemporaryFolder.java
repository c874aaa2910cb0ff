package pinwatch.pins;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;

/** A folder without subfolders that is removed at the end. */
public final class TemporaryFolder implements Closeable {
    public final File path;

    public TemporaryFolder() throws IOException {
        path = Files.createTempDirectory("pinwatch-java").toFile();
    }

    @Override
    public void close() throws IOException {
        for (File file : path.listFiles()) {
            Files.delete(file.toPath());
        }
        Files.delete(path.toPath());
    }
}
