package dev.millrace.pipeline.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerKeyTest {
    private static String key(String type, byte[]... parts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out, type.getBytes(StandardCharsets.US_ASCII));
            for (byte[] part : parts) {
                write(out, part);
            }
        }
        return type + " " + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static void write(DataOutputStream out, byte[] part) throws IOException {
        out.writeInt(part.length);
        out.write(part);
    }

    private static byte[] point(int bytes) {
        byte[] point = new byte[1 + 2 * bytes];
        point[0] = 4;
        return point;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void aWholeKeyOfAKnownTypeIsOne() throws Exception {
        for (String key : new String[] {
            key("ssh-ed25519", new byte[32]),
            key("ssh-ed448", new byte[57]),
            key("ssh-rsa", new byte[3], new byte[257]),
            key("ecdsa-sha2-nistp256", text("nistp256"), point(32)),
            key("ecdsa-sha2-nistp384", text("nistp384"), point(48)),
            key("ecdsa-sha2-nistp521", text("nistp521"), point(66))
        }) {
            assertThat(ServerKey.isOne(key)).as(key).isTrue();
            assertThat(ServerKey.of(key).type()).isEqualTo(key.substring(0, key.indexOf(' ')));
            byte[] sent = Base64.getDecoder().decode(key.substring(key.indexOf(' ') + 1));
            assertThat(ServerKey.of(key.replace("=", "")).is(sent)).isTrue();
            sent[sent.length - 1]++;
            assertThat(ServerKey.of(key).is(sent)).isFalse();
        }
    }

    @Test
    void aKeyThatIsCutAnywhereIsNone() throws Exception {
        String key = key("ecdsa-sha2-nistp256", text("nistp256"), point(32));
        for (int length = 0; length < key.replace("=", "").length(); length++) {
            assertThat(ServerKey.isOne(key.substring(0, length)))
                    .as("%s characters", length)
                    .isFalse();
        }
        assertThatThrownBy(() -> ServerKey.of(key.substring(0, 80))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTypeThatIsNotThatOfTheKeyIsRefused() throws Exception {
        assertThat(ServerKey.isOne(key("ssh-ed25519", new byte[32]).replace("ssh-ed25519", "ssh-rsa")))
                .isFalse();
        assertThat(ServerKey.isOne(key("ecdsa-sha2-nistp256", text("nistp384"), point(32))))
                .isFalse();
        assertThat(ServerKey.isOne(key("ssh-dss", new byte[32]))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ssh-ed25519",
                "ssh-ed25519 ",
                "SHA256:abc",
                "files.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA server",
                "ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            })
    void whatStandsBesideAKeyIsNoPartOfIt(String text) {
        assertThat(ServerKey.isOne(text)).isFalse();
    }
}
