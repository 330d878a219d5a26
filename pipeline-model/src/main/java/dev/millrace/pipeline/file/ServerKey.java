package dev.millrace.pipeline.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A public key by which a server of SSH proves who it is, as {@code ssh-keyscan} shows it behind the host: {@code TYPE BASE64}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4253#section-6.6">Public keys of SSH</a>
 */
public final class ServerKey {
    private final String type;
    private final byte[] bytes;

    private ServerKey(String type, byte[] bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    /** @throws IllegalArgumentException when it is no whole key of a type that is known */
    public static ServerKey of(String text) {
        int blank = text.indexOf(' ');
        String type = text.substring(0, Math.max(0, blank));
        byte[] bytes = Base64.getDecoder().decode(text.substring(blank + 1));
        if (!isWhole(type, parts(bytes))) {
            throw new IllegalArgumentException("no whole public key: " + text);
        }
        return new ServerKey(type, bytes);
    }

    /** Whether a text is one. */
    static boolean isOne(String text) {
        try {
            of(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** What a key consists of, each behind its length; nothing when they don't end where the key does. */
    private static List<byte[]> parts(byte[] key) {
        List<byte[]> parts = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(key);
        while (rest.remaining() >= Integer.BYTES) {
            int length = rest.getInt();
            if (length < 0 || length > rest.remaining()) {
                return List.of();
            }
            byte[] part = new byte[length];
            rest.get(part);
            parts.add(part);
        }
        return rest.hasRemaining() ? List.of() : parts;
    }

    private static boolean isWhole(String type, List<byte[]> parts) {
        return !parts.isEmpty()
                && isText(parts.getFirst(), type)
                && switch (type) {
                    case "ssh-ed25519" -> parts.size() == 2 && parts.get(1).length == 32;
                    case "ssh-ed448" -> parts.size() == 2 && parts.get(1).length == 57;
                    case "ssh-rsa" -> parts.size() == 3 && parts.get(1).length > 0 && parts.get(2).length >= 128;
                    case "ecdsa-sha2-nistp256" -> isPoint(parts, "nistp256", 32);
                    case "ecdsa-sha2-nistp384" -> isPoint(parts, "nistp384", 48);
                    case "ecdsa-sha2-nistp521" -> isPoint(parts, "nistp521", 66);
                    default -> false;
                };
    }

    private static boolean isPoint(List<byte[]> parts, String curve, int bytesOfNumber) {
        return parts.size() == 3
                && isText(parts.get(1), curve)
                && parts.get(2).length == 1 + 2 * bytesOfNumber
                && parts.get(2)[0] == 4; // not compressed
    }

    private static boolean isText(byte[] part, String text) {
        return Arrays.equals(part, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Such as {@code ssh-ed25519}. */
    public String type() {
        return type;
    }

    /** Whether a server has sent this one. */
    public boolean is(byte[] sent) {
        return Arrays.equals(bytes, sent);
    }
}
