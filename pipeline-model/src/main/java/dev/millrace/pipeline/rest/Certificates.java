package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * By what server and client prove who they are.
 *
 * @param authorities certificates in PEM; null: those that Java trusts
 * @param certificate of the client, in PEM, the chain behind it; null exactly when the key is: it shows none
 * @param key of that certificate, PKCS#8 in PEM, unencrypted
 */
@Serdeable
@Doc("Certificates by which server and client prove who they are.")
public record Certificates(
        @References(References.Allowed.SECRETS)
        @Doc("Certificates of the authorities that are believed, in PEM; by default those that Java trusts.")
        @Nullable
        String authorities,

        @References(References.Allowed.SECRETS) @Doc("The client's certificate, in PEM.") @Nullable
        String certificate,

        @References(References.Allowed.SECRET_REQUIRED)
        @Doc("Key of the client's certificate, PKCS#8 in PEM, a secret reference.")
        @Nullable
        String key)
        implements FileRules {
    private static final String PEM = "-----BEGIN CERTIFICATE-----";

    @Override
    public void check(Checks checks) {
        checks.that(
                (certificate == null) == (key == null),
                certificate == null ? "key" : "certificate",
                certificate == null ? "a key" : "a certificate",
                "certificate and key together, or neither");
        checks.that(
                authorities != null || certificate != null,
                "authorities",
                "nothing",
                "authorities, a certificate with its key, or both");
        checkPem(checks, "authorities", authorities);
        checkPem(checks, "certificate", certificate);
    }

    private static void checkPem(Checks checks, String field, @Nullable String text) {
        checks.that(
                text == null || SecretReference.isIn(text) || text.contains(PEM),
                field,
                "another text",
                "certificates in PEM, which begin with " + PEM + ", or a secret reference");
    }
}
