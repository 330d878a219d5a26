package dev.millrace.extractor.record;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of XML, of which a text or tag may take so many: the parser holds one as a whole, and a text of gigabytes would take all
 * memory. For one thread.
 */
public final class XmlTokens extends FilterInputStream {
    private final int most;
    private final String refusal;
    private long count;
    private long begun;

    /**
     * @param most bytes of one, about, since the parser reads some ahead
     * @param refusal message of the failure
     */
    public XmlTokens(InputStream in, int most, String refusal) {
        super(in);
        this.most = most;
        this.refusal = refusal;
    }

    /** The parser goes on to the next one. */
    public void next() {
        begun = count;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = in.read(buffer, offset, length);
        count += Math.max(0, read);
        if (count - begun > most) {
            throw new TooLarge(refusal);
        }
        return read;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
