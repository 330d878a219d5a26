package dev.millrace.extractor.format;

import com.fasterxml.aalto.UncheckedStreamException;
import com.fasterxml.aalto.stax.InputFactoryImpl;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StrictReader;
import dev.millrace.extractor.record.TooLarge;
import dev.millrace.extractor.record.XmlTokens;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.format.Format;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.Location;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import org.codehaus.stax2.XMLStreamReader2;

/**
 * Elements of an XML document as JSON objects of texts, one after the other. A document type is refused before anything
 * of it is read, so that there are no entities but the five of XML, and nothing outside of the document is looked for.
 */
final class XmlFile {
    /** Of a text or tag, in MiB: a record of more than half as many characters is rejected anyway. */
    private static final int MOST = 32;

    private static final int MOST_NAMES = 20;
    private static final int ELSEWHERE = -1;
    private static final String INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";
    /** As the parser says it. */
    private static final Pattern ENTITY = Pattern.compile("General entity reference \\((&[^)]+;)\\)");

    private static final XMLInputFactory XML = factory();

    private final Format.Xml format;
    private final JsonPath path;
    private final Missing missing;
    private final RecordSink sink;

    private boolean found;
    /** How far the path has led, and what was there instead of its next step. */
    private int farthest;

    private String around = "";
    private final Set<String> instead = new LinkedHashSet<>();

    /** @param path of names, to the elements that are records */
    XmlFile(Format.Xml format, JsonPath path, Missing missing, RecordSink sink) {
        this.format = format;
        this.path = path;
        this.missing = missing;
        this.sink = sink;
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = new InputFactoryImpl();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory;
    }

    void read(InputStream bytes) throws IOException, MalformedSource {
        InputStream in = new BufferedInputStream(bytes, 64 * 1024);
        in.mark(XmlEncoding.START);
        byte[] start = in.readNBytes(XmlEncoding.START);
        in.reset();
        if (start.length == 0) {
            throw new MalformedSource("the file is empty (expected: XML)");
        }
        Charset encoding = XmlEncoding.of(start);
        XmlTokens tokens = new XmlTokens(
                in,
                MOST * 1024 * 1024,
                "a text or tag of more than " + MOST + " MiB, which is the most that is held in memory");
        try {
            XMLStreamReader2 xml = (XMLStreamReader2)
                    (encoding == null
                            ? XML.createXMLStreamReader(new StrictUtf8(tokens), "UTF-8")
                            : XML.createXMLStreamReader(new StrictReader(tokens, encoding)));
            try {
                document(xml, tokens);
            } finally {
                xml.closeCompletely();
            }
        } catch (XMLStreamException e) {
            throw malformed(e);
        } catch (UncheckedStreamException e) {
            if (e.getCause() instanceof XMLStreamException cause) {
                throw malformed(cause);
            }
            throw e;
        }
        if (!found && missing == Missing.FAIL) {
            throw new MalformedSource(lacking());
        }
    }

    /** @throws IOException when it is only that */
    private static MalformedSource malformed(XMLStreamException failure) throws IOException {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException e) {
                return tooLarge(e);
            }
        }
        if (failure.getNestedException() instanceof IOException e) {
            return tooLarge(e);
        }
        String message = String.valueOf(failure.getMessage());
        int place = message.indexOf("\n at [");
        String what = (place < 0 ? message : message.substring(0, place)).replaceAll("\\s+", " ");
        Location at = failure.getLocation();
        String where = at == null ? "" : "line " + at.getLineNumber() + ", column " + at.getColumnNumber() + ": ";
        if (what.toLowerCase(Locale.ROOT).contains("end-of-input")) {
            return MalformedSource.cutOff(where + "the XML is cut off");
        }
        Matcher entity = ENTITY.matcher(what);
        return entity.find()
                ? MalformedSource.unreadable(
                        where + "the entity " + entity.group(1) + " (expected: only those that XML knows by itself)")
                : new MalformedSource(where + "not well-formed XML: " + what);
    }

    /** @throws IOException when it is another one */
    private static MalformedSource tooLarge(IOException failure) throws IOException {
        if (failure instanceof TooLarge) {
            return MalformedSource.unreadable(String.valueOf(failure.getMessage()));
        }
        throw failure;
    }

    private void document(XMLStreamReader2 xml, XmlTokens tokens) throws XMLStreamException, MalformedSource {
        XmlRecord record = new XmlRecord(format);
        int steps = path.steps().size();
        int[] passed = new int[16]; // steps of the path, by the depth of an element
        int depth = 0;
        while (xml.hasNext()) {
            tokens.next();
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    int before = depth == 0 ? 0 : passed[depth - 1];
                    String name = xml.getPrefixedName();
                    int more = before == ELSEWHERE ? 0 : path.stepsOf(name, before);
                    int now = more == 0 ? ELSEWHERE : before + more;
                    if (now == steps) {
                        found = true;
                        record(xml, tokens, name, record);
                        continue;
                    }
                    if (!found && before != ELSEWHERE) {
                        note(before, now, name);
                    }
                    if (depth == passed.length) {
                        passed = Arrays.copyOf(passed, 2 * depth);
                    }
                    passed[depth++] = now;
                }
                case XMLStreamConstants.END_ELEMENT -> depth--;
                case XMLStreamConstants.DTD -> throw documentType(xml);
                default -> {
                    // texts and comments around the records
                }
            }
        }
    }

    private static MalformedSource documentType(XMLStreamReader2 xml) {
        Location at = xml.getLocation();
        return MalformedSource.unreadable("line " + at.getLineNumber() + ", column " + at.getColumnNumber()
                + ": the XML has a document type (DTD), which may name other files, and isn't read (expected: XML without"
                + " <!DOCTYPE>)");
    }

    private void note(int before, int now, String name) {
        if (now > farthest) {
            farthest = now;
            around = name;
            instead.clear();
        } else if (before == farthest && instead.size() < MOST_NAMES) {
            instead.add(name);
        }
    }

    private String lacking() {
        String what = farthest == 0 ? "the document" : "<" + around + ">";
        return "no element '" + path + "': " + what
                + (instead.isEmpty() ? " has no elements" : " has " + String.join(", ", instead))
                + "; with missing: allow that is a file without records";
    }

    private void record(XMLStreamReader2 xml, XmlTokens tokens, String name, XmlRecord record)
            throws XMLStreamException, MalformedSource {
        sink.beginsAt(xml.getLocationInfo().getStartLocation().getLineNumber());
        record.begin(name);
        attributes(xml, record);
        int depth = 1;
        while (depth > 0) {
            tokens.next();
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    depth++;
                    record.beginElement(xml.getPrefixedName());
                    attributes(xml, record);
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    depth--;
                    record.endElement();
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
                    record.text(xml.getTextCharacters(), xml.getTextStart(), xml.getTextLength());
                default -> {
                    // comments and processing instructions say nothing
                }
            }
        }
        String flaw = record.flaw();
        if (flaw == null) {
            record.json().hand(sink, record::shown);
        } else {
            sink.reject(flaw, record.shown());
        }
    }

    private static void attributes(XMLStreamReader2 xml, XmlRecord record) {
        for (int i = 0; i < xml.getAttributeCount(); i++) {
            String prefix = xml.getAttributePrefix(i);
            String local = xml.getAttributeLocalName(i);
            boolean plain = prefix == null || prefix.isEmpty();
            // says of an element without content what its lack of content says
            if (plain || !local.equals("nil") || !INSTANCE.equals(xml.getAttributeNamespace(i))) {
                record.attribute(plain ? local : prefix + ":" + local, xml.getAttributeValue(i));
            }
        }
    }
}
