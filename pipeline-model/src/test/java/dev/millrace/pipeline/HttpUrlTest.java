package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpUrlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost",
                "https://api.example.com/v1/",
                "https://api.example.com:8443/a@b",
                "http://[2001:db8::1]:80/x",
                "http://192.0.2.1:65535",
                "https://bücher.example/ä"
            })
    void aUrlHasAHostAndPerhapsAPortAndAPath(String text) {
        assertThat(HttpUrl.isBase(text)).isTrue();
        assertThat(HttpUrl.is(text + "?a=b@c")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ftp://api.example.com",
                "https://",
                "https:///path",
                "https://name:word@api.example.com",
                "https://name@api.example.com/path",
                "https://api.example.com:0",
                "https://api.example.com:65536",
                "https://api.example.com:99999999999",
                "https://api.example.com:",
                "https://api.example.com:http",
                "https://api.example.com/#part",
                "https://api.example.com/a b",
                "https://[::1",
                " https://api.example.com"
            })
    void whatHasAUserOrAFragmentOrAPortThatIsNoneIsNoUrl(String text) {
        assertThat(HttpUrl.is(text)).isFalse();
    }

    @Test
    void aBaseHasNoQuery() {
        assertThat(HttpUrl.isBase("https://api.example.com/?a=b")).isFalse();
    }
}
