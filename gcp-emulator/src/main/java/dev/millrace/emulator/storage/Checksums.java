package dev.millrace.emulator.storage;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * The two checksums that Cloud Storage keeps of an object's bytes.
 *
 * @see <a href="https://cloud.google.com/storage/docs/data-validation">Data validation and change detection</a>
 */
final class Checksums {
    private final CRC32C crc32c = new CRC32C();
    private final MessageDigest md5;

    Checksums() {
        try {
            this.md5 = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    void update(byte[] bytes, int offset, int length) {
        crc32c.update(bytes, offset, length);
        md5.update(bytes, offset, length);
    }

    /** Big-endian, Base64. */
    String crc32c() {
        byte[] bytes = ByteBuffer.allocate(4).putInt((int) crc32c.getValue()).array();
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Base64. Ends the sum. */
    String md5() {
        return Base64.getEncoder().encodeToString(md5.digest());
    }
}
