package dev.millrace.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Key files of service accounts that exist in tests only, all of a process with one key, which takes long to make. */
public final class KeyFile {
    /** Made when the first file is wanted. */
    private static final class Made {
        static final String KEY = key();
    }

    private KeyFile() {}

    /** @param tokens base URL of whoever hands out tokens at {@code /token} */
    public static Path write(Path file, String email, URI tokens) throws IOException {
        String pem =
                "-----BEGIN PRIVATE KEY-----\\n" + Made.KEY.replace("\r\n", "\\n") + "\\n-----END PRIVATE KEY-----\\n";
        return Files.writeString(file, """
                {
                  "type": "service_account",
                  "project_id": "p",
                  "private_key_id": "1",
                  "private_key": "%s",
                  "client_email": "%s",
                  "client_id": "1",
                  "token_uri": "%s"
                }
                """.formatted(pem, email, tokens.resolve("/token")));
    }

    private static String key() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            byte[] encoded = generator.generateKeyPair().getPrivate().getEncoded();
            return new String(Base64.getMimeEncoder().encode(encoded), StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has RSA", e);
        }
    }
}
