package dev.millrace.extractor.workbook;

import com.fasterxml.aalto.UncheckedStreamException;
import com.fasterxml.aalto.stax.InputFactoryImpl;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.TooLarge;
import dev.millrace.extractor.record.XmlTokens;
import dev.millrace.staging.CheckedStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.codehaus.stax2.XMLStreamReader2;

/**
 * A part of an .xlsx, that is a document of XML, from its first element on. Names are compared without their namespaces, which
 * differ between the transitional and the strict form. For one thread.
 */
final class XlsxPart implements AutoCloseable {
    private static final long NEVER_TOO_MUCH = 64L * 1024 * 1024;

    /** Of a text or tag, in MiB: ten bytes for each character of the largest cell that is read. */
    private static final int MOST = 10;

    private static final XMLInputFactory XML = factory();

    private final String name;
    private final long size;
    private final XmlTokens in;
    private final XMLStreamReader2 xml;

    private static XMLInputFactory factory() {
        XMLInputFactory factory = new InputFactoryImpl();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory;
    }

    /** @param mostTimes of its size that it may unpack to */
    XlsxPart(ZipFile zip, ZipArchiveEntry entry, int mostTimes) throws IOException, MalformedSource {
        this.name = entry.getName();
        this.size = entry.getSize();
        if (entry.getGeneralPurposeBit().usesEncryption() || !zip.canReadEntryData(entry)) {
            throw MalformedSource.unreadable("its part '" + name
                    + "' is encrypted, or packed otherwise than deflated (expected: a workbook as Excel writes it)");
        }
        this.in = new XmlTokens(
                new Unpacked(zip.getInputStream(entry), entry, mostTimes),
                MOST * 1024 * 1024,
                "its part '" + name + "' has a text or tag of more than " + MOST
                        + " MiB (expected: cells of 32,767 characters at most, as Excel writes)");
        try {
            this.xml = (XMLStreamReader2) XML.createXMLStreamReader(in);
        } catch (XMLStreamException e) {
            in.close();
            throw wrong(e);
        }
    }

    /** @return what follows, of the constants of StAX; {@code END_DOCUMENT} at the end */
    int next() throws IOException, MalformedSource {
        in.next();
        try {
            return xml.hasNext() ? xml.next() : XMLStreamConstants.END_DOCUMENT;
        } catch (XMLStreamException e) {
            throw wrong(e);
        }
    }

    /** Bytes that it unpacks to, as the directory says; it fails at its end, or before, when they are others. */
    long size() {
        return size;
    }

    /** What is read of an element. */
    XMLStreamReader2 xml() {
        return xml;
    }

    /** Takes characters. */
    interface TextReader {
        void read(char[] characters, int start, int length) throws MalformedSource;
    }

    /** Hands on the text that was come to, of which the parser reads the rest only now. */
    void text(TextReader reader) throws IOException, MalformedSource {
        char[] characters;
        try {
            characters = xml.getTextCharacters();
        } catch (UncheckedStreamException e) {
            if (e.getCause() instanceof XMLStreamException cause) {
                throw wrong(cause);
            }
            throw e;
        }
        reader.read(characters, xml.getTextStart(), xml.getTextLength());
    }

    /** Goes to the next element of one of these names. */
    boolean nextElement(String... names) throws IOException, MalformedSource {
        for (int event = next(); event != XMLStreamConstants.END_DOCUMENT; event = next()) {
            if (event == XMLStreamConstants.START_ELEMENT) {
                for (String one : names) {
                    if (one.equals(xml.getLocalName())) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** The value of an attribute, be it of a namespace or not; empty: there is none. */
    String attribute(String local) {
        for (int i = 0; i < xml.getAttributeCount(); i++) {
            if (local.equals(xml.getAttributeLocalName(i))) {
                return xml.getAttributeValue(i);
            }
        }
        return "";
    }

    /** A number in an attribute; otherwise if there is none. */
    int number(String local, int otherwise) throws MalformedSource {
        String text = attribute(local);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new MalformedSource(
                    "its part '" + name + "' has " + local + "=\"" + text + "\" (expected: a number)");
        }
    }

    private IOException wrong(XMLStreamException failure) throws MalformedSource {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io) {
                return io;
            }
        }
        String why = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        throw new MalformedSource("its part '" + name + "' is no XML that can be read: " + why);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The bytes of the part, as long as they don't become too many. */
    private static final class Unpacked extends CheckedStream {
        private final ZipArchiveEntry entry;
        private final int mostTimes;
        private final CRC32 checksum = new CRC32();
        private long count;

        Unpacked(InputStream in, ZipArchiveEntry entry, int mostTimes) {
            super(in);
            this.entry = entry;
            this.mostTimes = mostTimes;
        }

        @Override
        protected void passed(byte[] buffer, int offset, int length) throws IOException {
            count += length;
            checksum.update(buffer, offset, length);
            long most = Math.max(count, entry.getSize());
            if (most > NEVER_TOO_MUCH && most / mostTimes > entry.getCompressedSize()) {
                throw new TooLarge("its part '" + entry.getName() + "' unpacks to more than " + mostTimes
                        + " times its size, as one does that is meant to fill"
                        + " a disk; millrace.extractor.unpack-ratio lets it be more");
            }
        }

        @Override
        protected void ended() throws IOException {
            if (count != entry.getSize() || checksum.getValue() != entry.getCrc()) {
                throw new IOException("its part '" + entry.getName() + "' is damaged: " + count
                        + " bytes came of it, where the directory says " + entry.getSize()
                        + ", or their checksum is another");
            }
        }
    }
}
