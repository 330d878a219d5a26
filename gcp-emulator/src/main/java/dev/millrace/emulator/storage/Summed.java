package dev.millrace.emulator.storage;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Sums up what passes. */
final class Summed extends FilterOutputStream {
    private final Checksums checksums;

    Summed(OutputStream out, Checksums checksums) {
        super(out);
        this.checksums = checksums;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        checksums.update(bytes, offset, length);
    }
}
