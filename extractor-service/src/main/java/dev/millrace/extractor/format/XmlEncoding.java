package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import io.micronaut.core.annotation.Nullable;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The encoding of an XML document, by its first bytes.
 *
 * @see <a href="https://www.w3.org/TR/xml/#sec-guessing">Autodetection of character encodings</a>
 */
final class XmlEncoding {
    /** Bytes that are enough for an XML declaration. */
    static final int START = 256;

    private static final Pattern DECLARED =
            Pattern.compile("^<\\?xml\\s[^>]*?encoding\\s*=\\s*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"']");

    private XmlEncoding() {}

    /**
     * @param start of the document
     * @return null for UTF-8, as which a parser reads bytes itself
     * @throws MalformedSource when the declaration names one that nobody knows
     */
    static @Nullable Charset of(byte[] start) throws MalformedSource {
        int first = start.length < 2 ? 0 : ByteBuffer.wrap(start).getShort() & 0xffff;
        if (first == 0xfeff || first == 0xfffe) {
            return StandardCharsets.UTF_16;
        } else if (first == 0x003c) {
            return StandardCharsets.UTF_16BE;
        } else if (first == 0x3c00) {
            return StandardCharsets.UTF_16LE;
        }
        Matcher declared = DECLARED.matcher(new String(start, StandardCharsets.ISO_8859_1));
        return declared.find() ? declared(declared.group(1)) : null;
    }

    private static @Nullable Charset declared(String name) throws MalformedSource {
        try {
            Charset charset = Charset.forName(name);
            if (charset.equals(StandardCharsets.UTF_8)) {
                return null;
            }
            // it couldn't say so if it were UTF-16: programs declare what they hold texts in
            return charset.name().startsWith("UTF-16") ? StandardCharsets.UTF_8 : charset;
        } catch (IllegalArgumentException e) {
            throw MalformedSource.unreadable("line 1: the XML declaration names the encoding '" + name
                    + "' (expected: one that is known, such as UTF-8)");
        }
    }
}
