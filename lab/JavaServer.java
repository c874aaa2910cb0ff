import java.io.FileInputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * Java's TLS server with the key manager that checks the signatures on a chain before it presents it:
 *
 *   JavaServer HOST PORT PROTOCOLS any|need DIRECTORY CHAINS
 *
 * CHAINS counts the pairs of 0.crt and 0.key, 1.crt and 1.key ... in DIRECTORY, all PEM. `need` requires a client
 * certificate. Prints "ready PORT".
 */
public class JavaServer {
    public static void main(String[] args) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        for (int i = 0; i < Integer.parseInt(args[5]); i++) {
            try (FileInputStream chain = new FileInputStream(args[4] + "/" + i + ".crt")) {
                Certificate[] read = certificates.generateCertificates(chain).toArray(new Certificate[0]);
                store.setKeyEntry("chain" + i, privateKey(Path.of(args[4], i + ".key")), new char[0], read);
            }
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(Integer.parseInt(args[1]), 50, InetAddress.getByName(args[0]));
        server.setEnabledProtocols(args[2].split(","));
        server.setNeedClientAuth(args[3].equals("need"));
        System.out.println("ready " + server.getLocalPort());
        while (true) {
            SSLSocket socket = (SSLSocket) server.accept();
            new Thread(() -> serve(socket)).start();
        }
    }

    private static void serve(SSLSocket socket) {
        try (socket) {
            socket.startHandshake();
            socket.getInputStream().read();
        } catch (Exception refused) {
            // The client gets an alert.
        }
    }

    private static PrivateKey privateKey(Path pem) throws Exception {
        String text = Files.readString(pem).replaceAll("-----[^-]+-----", "").replaceAll("\\s", "");
        PKCS8EncodedKeySpec key = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text));
        for (String algorithm : new String[] {"EC", "RSA", "RSASSA-PSS", "Ed25519"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(key);
            } catch (GeneralSecurityException other) {
                // A key of another algorithm.
            }
        }
        throw new IllegalArgumentException(pem + ": no key of a known algorithm");
    }
}
