package dev.millrace.extractor.format;

import dev.hardwood.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A scratch file as Hardwood reads files: from several threads, and never closed by it. */
record ScratchInput(FileChannel file) implements InputFile {
    @Override
    public void open() {
        // it is
    }

    @Override
    public ByteBuffer readRange(long offset, int length) throws IOException {
        ByteBuffer range = ByteBuffer.allocate(length);
        while (range.hasRemaining()) {
            if (file.read(range, offset + range.position()) < 0) {
                throw new EOFException("the file ends before byte " + (offset + length));
            }
        }
        return range.flip();
    }

    @Override
    public long length() throws IOException {
        return file.size();
    }

    @Override
    public String name() {
        return "the file";
    }

    @Override
    public void close() {
        // whoever has opened it does
    }
}
