package dev.millrace.extractor.database;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.tls.Pem;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Certificates in files, as drivers want them, in a folder that only this process may read; deleted when it is closed,
 * which may be as soon as there is a connection.
 *
 * @param authorities those that are believed, in PEM
 * @param trusted the same in PKCS#12
 * @param client certificate and key, in PKCS#12; null: the client has none
 * @param password of the latter two files
 */
record TlsFiles(
        Path folder,
        Path authorities,
        Path trusted,
        @Nullable Path client,
        String password) implements AutoCloseable {
    /** @throws MillraceException when a certificate or key is none, without quoting it */
    static TlsFiles of(Tls tls, RunSecrets secrets) {
        try {
            Path folder = Files.createTempDirectory("millrace-tls");
            TlsFiles files = new TlsFiles(
                    folder,
                    folder.resolve("authorities.pem"),
                    folder.resolve("trusted.p12"),
                    tls.certificate() == null ? null : folder.resolve("client.p12"),
                    UUID.randomUUID().toString());
            try {
                files.write(tls, secrets);
                return files;
            } catch (GeneralSecurityException | IOException | RuntimeException e) {
                files.close();
                throw e;
            }
        } catch (GeneralSecurityException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "tls: " + e.getClass().getSimpleName() + " of the certificates or the key",
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Tls tls, RunSecrets secrets) throws IOException, GeneralSecurityException {
        Collection<? extends Certificate> believed = tls.authorities() == null
                ? trustedByJava()
                : Pem.certificates("tls.authorities", secrets.resolve(tls.authorities()));
        Files.writeString(authorities, pem(believed));
        KeyStore trustStore = KeyStore.getInstance("PKCS12");
        trustStore.load(null, null);
        int number = 0;
        for (Certificate certificate : believed) {
            trustStore.setCertificateEntry("authority-" + number++, certificate);
        }
        try (OutputStream out = Files.newOutputStream(trusted)) {
            trustStore.store(out, password.toCharArray());
        }
        if (client != null && tls.certificate() != null && tls.key() != null) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(
                    "user", // the alias that PostgreSQL's driver takes
                    Pem.key("tls.key", secrets.resolve(tls.key())),
                    password.toCharArray(),
                    Pem.certificates("tls.certificate", secrets.resolve(tls.certificate()))
                            .toArray(Certificate[]::new));
            try (OutputStream out = Files.newOutputStream(client)) {
                store.store(out, password.toCharArray());
            }
        }
    }

    private static List<X509Certificate> trustedByJava() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509TrustManager.class::isInstance)
                .flatMap(manager -> Arrays.stream(((X509TrustManager) manager).getAcceptedIssuers()))
                .toList();
    }

    private static String pem(Collection<? extends Certificate> certificates) throws GeneralSecurityException {
        StringBuilder pem = new StringBuilder();
        Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
        for (Certificate certificate : certificates) {
            pem.append("-----BEGIN CERTIFICATE-----\n")
                    .append(lines.encodeToString(certificate.getEncoded()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return pem.toString();
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(authorities);
            Files.deleteIfExists(trusted);
            if (client != null) {
                Files.deleteIfExists(client);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
