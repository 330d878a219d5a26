package dev.millrace.extractor.record;

import java.io.ByteArrayInputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * JSON that is declared to be of another encoding than UTF-8. RFC 8259 allows no other, and servers declare what their
 * framework has for a default; so the declared one counts only for bytes that aren't UTF-8, which shows at their end.
 */
public final class DeclaredText implements AutoCloseable {
    private static final int MEMORY = 4 * 1024 * 1024;

    private final InputStream bytes;
    private final boolean utf8;
    private final Charset declared;

    private DeclaredText(InputStream bytes, boolean utf8, Charset declared) {
        this.bytes = bytes;
        this.utf8 = utf8;
        this.declared = declared;
    }

    /**
     * Reads the whole text, in memory up to a limit and beyond that in a scratch file.
     *
     * @param folder for the scratch file
     */
    public static DeclaredText of(InputStream in, Charset declared, Path folder) throws IOException {
        byte[] start = in.readNBytes(MEMORY);
        if (start.length < MEMORY) {
            return new DeclaredText(new ByteArrayInputStream(start), isUtf8(new ByteArrayInputStream(start)), declared);
        }
        Files.createDirectories(folder);
        FileChannel file = FileChannel.open(
                folder.resolve("answer-" + UUID.randomUUID()),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        try {
            for (byte[] piece = start; piece.length > 0; piece = in.readNBytes(MEMORY)) {
                ByteBuffer rest = ByteBuffer.wrap(piece);
                while (rest.hasRemaining()) {
                    int _ = file.write(rest);
                }
            }
            boolean utf8 = isUtf8(Channels.newInputStream(file.position(0)));
            return new DeclaredText(Channels.newInputStream(file.position(0)), utf8, declared);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static boolean isUtf8(InputStream in) throws IOException {
        StrictReader reader = new StrictReader(in, StandardCharsets.UTF_8);
        char[] piece = new char[16 * 1024];
        try {
            while (reader.read(piece, 0, piece.length) >= 0) {
                // only whether it can be read
            }
            return true;
        } catch (CharConversionException e) {
            return false;
        }
    }

    /** Whether the bytes are UTF-8, whatever was declared. */
    public boolean isUtf8() {
        return utf8;
    }

    /** The text as UTF-8, once. */
    public InputStream stream() {
        return utf8 ? bytes : new Utf8Stream(new StrictReader(bytes, declared));
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
