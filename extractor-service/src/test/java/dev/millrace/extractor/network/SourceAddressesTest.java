package dev.millrace.extractor.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Work;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceAddressesTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "10.1.2.3/8, 10.9.9.9, true",
        "192.0.2.128/25, 192.0.2.127, false",
        "192.0.2.128/25, 192.0.2.200, true",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.6, false",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "fe80::/10, febf::1, true",
        "fe80::/10, fec0::1, false",
        "::/0, 2001:db8::1, true",
        "10.0.0.0/8, ::ffff:10.0.0.1, true"
    })
    void aRangeHasTheAddressesThatBeginAsItDoes(String range, String address, boolean within) {
        assertThat(AddressRange.parse(range).contains(InetAddress.ofLiteral(address)))
                .isEqualTo(within);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "host.example", "/8", "10.0.0.0/8/8"})
    void whatIsNoRangeIsRefused(String text) {
        assertThatThrownBy(() -> AddressRange.parse(text))
                .hasMessage("'" + text + "' is no range of addresses (expected: such as 10.0.0.0/8 or fc00::/7)");
    }

    private static SourceAddresses addresses(List<String> deny, List<String> allow) {
        return new SourceAddresses(new AddressConfig(deny, allow));
    }

    @Test
    void aHostWithADeniedAddressIsRefusedUnlessThatIsAllowedNevertheless() throws UnknownHostException {
        assertThat(addresses(List.of("10.0.0.0/8"), List.of()).of("192.0.2.1")).hasSize(1);
        assertThatThrownBy(() ->
                        addresses(List.of("192.0.2.0/24"), List.of("192.0.2.2")).of("192.0.2.1"))
                .isInstanceOfSatisfying(
                        MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_REFUSED))
                .hasMessageContaining(
                        "192.0.2.1 is in 192.0.2.0/24, where no source may be (millrace.extractor.addresses.deny)");
        assertThat(addresses(List.of("192.0.2.0/24"), List.of(" 192.0.2.2", "")).of("192.0.2.2"))
                .hasSize(1);
        assertThatThrownBy(() ->
                        addresses(List.of("127.0.0.0/8", "::1"), List.of()).of("localhost"))
                .hasMessageContaining("localhost is ")
                .hasMessageContaining(", which is in ");
    }

    @Test
    void aDatabaseAtADeniedAddressIsNotConnectedTo(@TempDir Path folder) throws Exception {
        Map<String, Object> denied = Map.of("millrace.extractor.addresses.deny", "127.0.0.0/8");
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ExtractorUnderTest extractor = new ExtractorUnderTest(folder, denied)) {
            DatabaseSource source = new DatabaseSource(
                    DatabaseSource.Product.POSTGRESQL,
                    "127.0.0.1",
                    String.valueOf(server.getLocalPort()),
                    "shop",
                    "reader",
                    null,
                    new Tls(Tls.Mode.DISABLE, null, null, null),
                    Duration.ofSeconds(10));
            Work work = new Work.Extract(
                    source, new DatabaseRead("orders", null, List.of(), 1), List.of("id"), Work.Parts.TO_TRANSFORM);
            assertThat(extractor.extract(work).failure(ErrorCode.SOURCE_REFUSED))
                    .isEqualTo(
                            "127.0.0.1 is in 127.0.0.0/8, where no source may be (millrace.extractor.addresses.deny)");
            server.setSoTimeout(1);
            assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }
}
