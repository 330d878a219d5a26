package dev.millrace.extractor.network;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.annotation.Context;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/**
 * The addresses that sources may have. Who writes pipelines isn't always who runs the installation, and behind some addresses
 * are its own secrets, such as the credentials at a cloud's metadata server. Safe for use by several threads.
 */
@Context // a range that is none ends the start
public final class SourceAddresses {
    private final List<AddressRange> denied;
    private final List<AddressRange> allowed;

    SourceAddresses(AddressConfig config) {
        this.denied = ranges(config.deny());
        this.allowed = ranges(config.allow());
    }

    private static List<AddressRange> ranges(List<String> texts) {
        return texts.stream()
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(AddressRange::parse)
                .toList();
    }

    /**
     * The addresses of a host, in the order in which DNS says them.
     *
     * @throws UnknownHostException when there are none
     * @throws MillraceException {@code SOURCE_REFUSED} when one of them is denied
     */
    public List<InetAddress> of(String host) throws UnknownHostException {
        List<InetAddress> addresses = List.of(InetAddress.getAllByName(host));
        for (InetAddress address : addresses) {
            check(host, address);
        }
        return addresses;
    }

    private void check(String host, InetAddress address) {
        InetAddress meant = address.isAnyLocalAddress() ? loopback(address) : address;
        if (allowed.stream().anyMatch(range -> range.contains(meant))) {
            return;
        }
        Optional<AddressRange> range =
                denied.stream().filter(one -> one.contains(meant)).findFirst();
        if (range.isPresent()) {
            String literal = address.getHostAddress();
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    (host.equals(literal) ? host : host + " is " + literal + ", which") + " is in " + range.get()
                            + ", where no source may be (millrace.extractor.addresses.deny)");
        }
    }

    /** To which a connection to "no address" goes. */
    private static InetAddress loopback(InetAddress any) {
        return InetAddress.ofLiteral(any.getAddress().length == 4 ? "127.0.0.1" : "::1");
    }
}
