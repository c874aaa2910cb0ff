package pinwatch.pins;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/**
 * The id of an installation, for pentesters who want it unpinned for some hours. It never leaves the device: a
 * configuration lists hashes, and each device looks for itself. Show it on a hidden screen.
 */
public final class DeviceId {
    private static final int RANDOM_BYTES = 16;

    private DeviceId() {}

    /** 128 random bits in base64url, 22 characters. Make it once, and keep it outside of backups. */
    public static String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64Url.encode(bytes);
    }

    /** Base64url of SHA-256 over {@code pinwatch-device}, NUL, channel id, NUL, device id. */
    static String hash(String channel, String deviceId) {
        String text = "pinwatch-device\0" + channel + "\0" + deviceId;
        return Base64Url.encode(Sha256.of(text.getBytes(StandardCharsets.UTF_8)));
    }
}
