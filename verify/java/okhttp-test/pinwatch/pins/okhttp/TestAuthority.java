package pinwatch.pins.okhttp;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import pinwatch.pins.Pin;

/** A certificate authority that issues certificates for tests (RFC 5280). */
final class TestAuthority {
    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.identifier("1.2.840.10045.4.3.2"));
    private static final String NAME = "Test root";

    private final KeyPair pair = keyPair();
    final X509Certificate certificate;
    private int issued = 1;

    TestAuthority() throws GeneralSecurityException {
        byte[] isAuthority = Der.sequence(new byte[] {0x01, 0x01, (byte) 0xff});
        certificate = issue(NAME, pair, extension("2.5.29.19", isAuthority));
    }

    /** A server's certificate and key. */
    static final class Identity {
        final KeyPair pair;
        final X509Certificate[] chain;

        Identity(KeyPair pair, X509Certificate... chain) {
            this.pair = pair;
            this.chain = chain;
        }

        String pin() {
            return Pin.of(chain[0]);
        }
    }

    /** @param hosts the subject alternative names */
    Identity identity(String... hosts) throws GeneralSecurityException {
        KeyPair own = keyPair();
        byte[][] names = new byte[hosts.length][];
        for (int index = 0; index < hosts.length; index++) {
            names[index] = Der.tagged(0x82, hosts[index].getBytes(StandardCharsets.US_ASCII));
        }
        return new Identity(own, issue(hosts[0], own, extension("2.5.29.17", Der.sequence(names))), certificate);
    }

    private X509Certificate issue(String name, KeyPair subject, byte[] extension) throws GeneralSecurityException {
        byte[] toBeSigned = Der.sequence(
            Der.tagged(0xa0, Der.tagged(0x02, new byte[] {2})),
            Der.tagged(0x02, BigInteger.valueOf(issued++).toByteArray()),
            ECDSA_WITH_SHA256,
            name(NAME),
            Der.sequence(Der.utcTime("200101000000Z"), Der.utcTime("491231235959Z")),
            name(name),
            subject.getPublic().getEncoded(),
            Der.tagged(0xa3, Der.sequence(extension)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate());
        signature.update(toBeSigned);
        byte[] whole = Der.sequence(toBeSigned, ECDSA_WITH_SHA256, Der.bits(signature.sign()));
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(whole));
    }

    private static byte[] name(String common) {
        return Der.sequence(Der.set(Der.sequence(Der.identifier("2.5.4.3"), Der.text(common))));
    }

    private static byte[] extension(String identifier, byte[] value) {
        return Der.sequence(Der.identifier(identifier), Der.octets(value));
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }
}
