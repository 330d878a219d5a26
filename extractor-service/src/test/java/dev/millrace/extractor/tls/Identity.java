package dev.millrace.extractor.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A key and its certificate, signed by itself, in PEM.
 *
 * @param key PKCS#8
 */
public record Identity(Path folder, String name, String certificate, String key) {
    private static final String PASSWORD = "only-of-this-test";

    /** Of a server on this host, which is an authority of its own. */
    public static Identity ofServer(Path folder) throws Exception {
        return made(folder, "localhost", "-ext", "san=dns:localhost", "-ext", "bc:c");
    }

    public static Identity of(Path folder, String name) throws Exception {
        return made(folder, name);
    }

    private static Identity made(Path folder, String name, String... extensions) throws Exception {
        Path store = folder.resolve(name + ".p12");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-dname",
                "CN=" + name,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(extensions));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(output).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        return new Identity(
                folder,
                name,
                pem("CERTIFICATE", keys.getCertificate(name).getEncoded()),
                pem("PRIVATE KEY", keys.getKey(name, PASSWORD.toCharArray()).getEncoded()));
    }

    private static String pem(String what, byte[] encoded) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + what
                + "-----\n";
    }

    /** Of the file {@code NAME.p12} in the folder. */
    public char[] password() {
        return PASSWORD.toCharArray();
    }

    public String certificateFile() throws IOException {
        return file(name + ".pem", certificate);
    }

    public String keyFile() throws IOException {
        return file(name + ".key", key);
    }

    /** Databases refuse keys that others may read. */
    private String file(String file, String text) throws IOException {
        Path written = Files.writeString(folder.resolve(file), text);
        Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-------"));
        return written.toString();
    }
}
