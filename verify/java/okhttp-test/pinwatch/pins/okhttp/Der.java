package pinwatch.pins.okhttp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** As much DER (X.690) as a certificate needs. */
final class Der {
    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return tagged(0x30, parts);
    }

    static byte[] set(byte[]... parts) {
        return tagged(0x31, parts);
    }

    static byte[] octets(byte[]... parts) {
        return tagged(0x04, parts);
    }

    static byte[] bits(byte[] bytes) {
        return tagged(0x03, new byte[] {0}, bytes);
    }

    static byte[] text(String text) {
        return tagged(0x0c, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] utcTime(String time) {
        return tagged(0x17, time.getBytes(StandardCharsets.US_ASCII));
    }

    /** @param dotted with a first arc of 1 or 2 and others below 16,384 */
    static byte[] identifier(String dotted) {
        String[] arcs = dotted.split("\\.");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
        for (int index = 2; index < arcs.length; index++) {
            int arc = Integer.parseInt(arcs[index]);
            if (arc >= 128) {
                bytes.write(0x80 | arc >> 7);
            }
            bytes.write(arc & 0x7f);
        }
        return tagged(0x06, bytes.toByteArray());
    }

    static byte[] tagged(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.write(part, 0, part.length);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        int length = content.size();
        if (length >= 0x100) {
            all.write(0x82);
            all.write(length >> 8);
        } else if (length >= 0x80) {
            all.write(0x81);
        }
        all.write(length);
        all.write(content.toByteArray(), 0, length);
        return all.toByteArray();
    }
}
