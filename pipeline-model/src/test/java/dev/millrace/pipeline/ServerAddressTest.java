package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {
    @ParameterizedTest
    @ValueSource(strings = {"localhost", "db-1.example.com", "192.0.2.1", "::1", "2001:db8::1", "::ffff:192.0.2.1"})
    void aHostIsANameOrAnAddress(String text) {
        assertThat(ServerAddress.isHost(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a:22",
                "ab:5432",
                "192.0.2.1:22",
                "db.example.com:22",
                "[::1]",
                "1:2:3",
                "2001:db8::1::2",
                "sftp://a",
                "user@a",
                "a b"
            })
    void aPortASchemeOrAUserIsNotPartOfIt(String text) {
        assertThat(ServerAddress.isHost(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "22", "65535"})
    void aPortIsANumberOf16Bits(String text) {
        assertThat(ServerAddress.isPort(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "022", "65536", "99999999999", "-1", "ssh"})
    void nothingElseIsAPort(String text) {
        assertThat(ServerAddress.isPort(text)).isFalse();
    }
}
