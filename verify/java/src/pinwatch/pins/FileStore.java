package pinwatch.pins;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Values as files of one directory, which belongs to one process. On Android, use {@code getNoBackupFilesDir()}: a
 * restored backup would be a rollback. The application's sandbox is what protects it; the signatures are verified again
 * at each start.
 */
public final class FileStore implements Store {
    /** A value that is larger has not been written by this library. */
    private static final int MOST_BYTES = 2 * Bundle.MOST_BYTES;

    private final File directory;

    /** @param directory is made if it does not exist */
    public FileStore(File directory) {
        this.directory = directory;
    }

    @Override
    public byte[] read(String name) throws IOException {
        File file = new File(directory, name);
        if (!file.exists()) {
            return null;
        }
        try (InputStream input = new FileInputStream(file)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] buffer = new byte[8_192];
            for (int count; (count = input.read(buffer)) >= 0; ) {
                bytes.write(buffer, 0, count);
                if (bytes.size() > MOST_BYTES) {
                    throw new IOException(file + ": expected at most " + MOST_BYTES + " bytes");
                }
            }
            return bytes.toByteArray();
        }
    }

    /** Write, fsync, rename. java.io can't fsync a directory: after a power failure the old value may be back. */
    @Override
    public void write(String name, byte[] bytes) throws IOException {
        if (!directory.isDirectory() && !directory.mkdirs() && !directory.isDirectory()) {
            throw new IOException(directory + ": cannot be made");
        }
        File next = new File(directory, name + ".new");
        try (FileOutputStream output = new FileOutputStream(next)) {
            output.write(bytes);
            output.getFD().sync();
        }
        // rename(2) on Android and other Unix systems: it replaces the old file atomically.
        if (!next.renameTo(new File(directory, name))) {
            throw new IOException(next + ": cannot be renamed");
        }
    }
}
