package dev.millrace.extractor.network;

import java.net.InetAddress;

/**
 * Addresses that begin alike, as in {@code 10.0.0.0/8}.
 *
 * @param address of IPv4 or IPv6, the first of the range or any other in it
 * @param bits in which all are alike
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4632#section-3.1">RFC 4632, 3.1</a>
 */
record AddressRange(InetAddress address, int bits) {
    /**
     * @param text a range, or an address as the range of it alone
     * @throws IllegalArgumentException when it is neither
     */
    static AddressRange parse(String text) {
        String expected = "'" + text + "' is no range of addresses (expected: such as 10.0.0.0/8 or fc00::/7)";
        int slash = text.indexOf('/');
        try {
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int all = address.getAddress().length * Byte.SIZE;
            int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > all) {
                throw new IllegalArgumentException(expected);
            }
            return new AddressRange(address, bits);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(expected, e);
        }
    }

    boolean contains(InetAddress other) {
        byte[] first = address.getAddress();
        byte[] second = other.getAddress();
        if (first.length != second.length) {
            return false;
        }
        int left = bits;
        for (int i = 0; i < first.length && left > 0; i++, left -= Byte.SIZE) {
            int mask = left >= Byte.SIZE ? 0xff : 0xff << (Byte.SIZE - left) & 0xff;
            if (((first[i] ^ second[i]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + bits;
    }
}
