package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.tls.Pem;
import dev.millrace.pipeline.rest.Certificates;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** What a connection of a source with certificates of its own is made with; in memory only. */
final class CertificateContext {
    private static final char[] NO_PASSWORD = new char[0];
    private static final byte[] PROBE = {1, 2, 3};

    private CertificateContext() {}

    /** @throws MillraceException when a certificate or key is none, without quoting it */
    static SSLContext of(Certificates certificates, RunSecrets secrets) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own(certificates, secrets), believed(certificates.authorities(), secrets), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "source.tls: " + e.getClass().getSimpleName() + " of the certificates or the key",
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    /** Null: the client shows none. */
    private static KeyManager @Nullable [] own(Certificates certificates, RunSecrets secrets)
            throws GeneralSecurityException, IOException {
        String certificate = certificates.certificate();
        String key = certificates.key();
        if (certificate == null || key == null) {
            return null;
        }
        PrivateKey own = Pem.key("source.tls.key", secrets.resolve(key));
        List<Certificate> chain = Pem.certificates("source.tls.certificate", secrets.resolve(certificate));
        if (!isOf(own, chain.getFirst())) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "source.tls.key is not of the first certificate of source.tls.certificate (expected: its key)");
        }
        KeyStore store = empty();
        store.setKeyEntry("client", own, NO_PASSWORD, chain.toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    /** What Java would only notice as a server that wants no part of it. */
    private static boolean isOf(PrivateKey key, Certificate certificate) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        if (!key.getAlgorithm().equals(certificate.getPublicKey().getAlgorithm())) {
            return false;
        }
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(PROBE);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(PROBE);
        return signature.verify(signed);
    }

    /** Null: whom Java trusts. */
    private static TrustManager @Nullable [] believed(@Nullable String authorities, RunSecrets secrets)
            throws GeneralSecurityException, IOException {
        if (authorities == null) {
            return null;
        }
        KeyStore store = empty();
        int number = 0;
        for (Certificate authority : Pem.certificates("source.tls.authorities", secrets.resolve(authorities))) {
            store.setCertificateEntry("authority-" + number++, authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
