package dev.millrace.transformer.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The name of a field, in UTF-8: where it stands in a record, so that no text has to be made of each. */
public final class Name {
    private final byte[] bytes;
    private final int start;
    private final int end;
    private final int hash;

    /** @param bytes that nobody changes */
    public Name(byte[] bytes, int start, int end) {
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        int sum = 0;
        for (int i = start; i < end; i++) {
            sum = 31 * sum + bytes[i];
        }
        this.hash = sum;
    }

    public static Name of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Name(bytes, 0, bytes.length);
    }

    /** The same, without what stands around it. */
    public Name alone() {
        return new Name(Arrays.copyOfRange(bytes, start, end), 0, end - start);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Name name
                && hash == name.hash
                && Arrays.equals(bytes, start, end, name.bytes, name.start, name.end);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }
}
