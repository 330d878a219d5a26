package dev.millrace.extractor.tls;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Certificates and keys in PEM (RFC 7468). */
public final class Pem {
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private Pem() {}

    /**
     * At least one.
     *
     * @param what the key of the pipeline file, for messages
     * @throws MillraceException with {@code SOURCE_REFUSED} when there is none
     */
    public static List<Certificate> certificates(String what, String pem) throws GeneralSecurityException {
        List<Certificate> certificates = new ArrayList<>();
        try {
            certificates.addAll(CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8))));
        } catch (CertificateException e) {
            // whatever it is, it is none
        }
        if (certificates.isEmpty()) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED, what + " has no certificate (expected: certificates in PEM)");
        }
        return certificates;
    }

    /**
     * @param what the key of the pipeline file, for messages, which don't quote it
     * @throws MillraceException with {@code SOURCE_REFUSED} when it is none
     */
    public static PrivateKey key(String what, String pem) throws GeneralSecurityException {
        String encoded = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        if (pem.contains("-----BEGIN PRIVATE KEY-----")) {
            byte[] key = Base64.getMimeDecoder().decode(encoded);
            for (String algorithm : KEY_ALGORITHMS) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key));
                } catch (GeneralSecurityException e) {
                    // then it is of another algorithm
                }
            }
        }
        throw new MillraceException(
                ErrorCode.SOURCE_REFUSED,
                what
                        + " is no key (expected: PKCS#8 in PEM, unencrypted, which begins with -----BEGIN PRIVATE KEY-----)");
    }
}
