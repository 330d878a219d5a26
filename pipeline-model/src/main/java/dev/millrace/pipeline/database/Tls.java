package dev.millrace.pipeline.database;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.Locale;

/**
 * How a connection to a database is encrypted.
 *
 * @param authorities certificates in PEM; null: those that Java trusts
 * @param certificate of the client, in PEM, the chain behind it; null exactly when the key is: it shows none
 * @param key of that certificate, PKCS#8 in PEM, unencrypted
 */
@Serdeable
@Doc("How the connection is encrypted, and whose server is believed.")
public record Tls(
        @Default("verify-full")
        @Doc(
                "Whether the server has to be who it should be (verify-full), have a certificate of an authority (verify-ca),"
                        + " or to encrypt only (require); or nothing is encrypted (disable).")
        Mode mode,

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

    /** As PostgreSQL calls them. */
    public enum Mode {
        DISABLE,
        /** Whoever answers is believed: nobody can read along, but anybody may be the server. */
        REQUIRE,
        /** The server's certificate is of an authority, for whatever host. */
        VERIFY_CA,
        /** The server's certificate is of an authority, and for the host that was asked for. */
        VERIFY_FULL
    }

    @Override
    public void check(Checks checks) {
        boolean verifies = mode == Mode.VERIFY_CA || mode == Mode.VERIFY_FULL;
        String word = mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
        checks.that(
                verifies || authorities == null,
                "authorities",
                "certificates beside mode " + word,
                "nothing, or mode verify-ca or verify-full: otherwise nobody asks who the server is");
        checks.that(
                mode != Mode.DISABLE || certificate == null,
                "certificate",
                "a certificate beside mode disable",
                "nothing, or another mode: a certificate is shown within TLS");
        checks.that(
                (certificate == null) == (key == null),
                certificate == null ? "key" : "certificate",
                certificate == null ? "a key" : "a certificate",
                "certificate and key together, or neither");
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
