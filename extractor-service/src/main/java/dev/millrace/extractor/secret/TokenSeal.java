package dev.millrace.extractor.secret;

import dev.millrace.mask.Masks;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The encryption of refresh tokens that the gateway keeps (AES-256 in GCM, NIST SP 800-38D), by a key that only
 * extractors have. Safe for use by several threads.
 */
@Singleton
public final class TokenSeal {
    /** In bytes, drawn anew for each token; as the standard recommends. */
    private static final int NONCE = 12;

    private static final int TAG_BITS = 128;
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final String MAC = "HmacSHA256";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final @Nullable Keys keys;

    TokenSeal(SecretsConfig config) {
        String text = config.tokenKey();
        this.keys = text == null ? null : keys(text);
        if (text != null) {
            Masks.ofProcess().remember(text);
        }
    }

    private record Keys(SecretKey encryption, SecretKey names) {}

    /** Of one text two keys, of which neither tells of the other (RFC 5869). */
    private static Keys keys(String text) {
        return new Keys(
                derived(text, "millrace refresh tokens: encryption", "AES"),
                derived(text, "millrace refresh tokens: names", MAC));
    }

    private static SecretKey derived(String text, String purpose, String algorithm) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            algorithm,
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(text.getBytes(StandardCharsets.UTF_8))
                                    .thenExpand(purpose.getBytes(StandardCharsets.UTF_8), 32));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("can't derive a key", e);
        }
    }

    /** Whether there is a key; without one nothing can be kept. */
    public boolean hasKey() {
        return keys != null;
    }

    /** The name by which the tokens are kept that come after this one; it tells nothing of it. */
    public String family(String firstToken) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(known().names());
            return HexFormat.of().formatHex(mac.doFinal(firstToken.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("can't name a token", e);
        }
    }

    /** The token as it may be kept. */
    public String seal(String family, String token) {
        byte[] nonce = new byte[NONCE];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, family, nonce).doFinal(token.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder()
                    .encodeToString(ByteBuffer.allocate(NONCE + sealed.length)
                            .put(nonce)
                            .put(sealed)
                            .array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("can't encrypt a token", e);
        }
    }

    /** The token again; empty when what was kept is not what {@link #seal} has made for the family. */
    public Optional<String> open(String family, String sealed) {
        try {
            byte[] all = Base64.getDecoder().decode(sealed);
            if (all.length < NONCE) {
                return Optional.empty();
            }
            ByteBuffer bytes = ByteBuffer.wrap(all);
            byte[] nonce = new byte[NONCE];
            bytes.get(nonce);
            byte[] rest = new byte[bytes.remaining()];
            bytes.get(rest);
            return Optional.of(
                    new String(cipher(Cipher.DECRYPT_MODE, family, nonce).doFinal(rest), StandardCharsets.UTF_8));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A token that was kept for another family is not one of this. */
    private Cipher cipher(int mode, String family, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, known().encryption(), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(family.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private Keys known() {
        if (keys == null) {
            throw new IllegalStateException("there is no key for refresh tokens");
        }
        return keys;
    }
}
