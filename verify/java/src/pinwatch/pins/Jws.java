package pinwatch.pins;

/** One line of a bundle: a JWS in compact form (RFC 7515, 7.1), taken apart but not verified. */
final class Jws {
    final byte[] header;
    /** The payload as it stands in the line. Being strict base64url, it has one text for each content. */
    final String payloadText;
    final byte[] payload;
    final byte[] signature;
    /** What the signature is over (RFC 7515, 5.2): header and payload as they stand, with the dot. */
    final byte[] signed;

    private Jws(byte[] header, String payloadText, byte[] payload, byte[] signature, byte[] signed) {
        this.header = header;
        this.payloadText = payloadText;
        this.payload = payload;
        this.signature = signature;
        this.signed = signed;
    }

    /** @throws RefusedException {@code malformed} unless it is three parts of strict base64url, none empty */
    static Jws parse(String line) throws RefusedException {
        int first = line.indexOf('.');
        int second = line.indexOf('.', first + 1);
        if (first < 0 || second < 0) {
            throw RefusedException.malformed("expected three parts between dots");
        }
        String payloadText = line.substring(first + 1, second);
        // A third dot is not base64url, so it is refused as part of the signature.
        return new Jws(
            part(line.substring(0, first), "header"),
            payloadText,
            part(payloadText, "payload"),
            part(line.substring(second + 1), "signature"),
            Ascii.bytes(line.substring(0, second)));
    }

    private static byte[] part(String text, String name) throws RefusedException {
        byte[] bytes = text.isEmpty() ? null : Base64Url.decode(text);
        if (bytes == null) {
            throw RefusedException.malformed("the " + name + ": expected base64url without padding");
        }
        return bytes;
    }
}
