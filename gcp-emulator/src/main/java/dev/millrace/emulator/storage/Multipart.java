package dev.millrace.emulator.storage;

import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.http.Request;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a multipart body, one after the other, as streams.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc2046#section-5.1">RFC 2046, 5.1</a>
 */
final class Multipart {
    private static final Pattern BOUNDARY =
            Pattern.compile("boundary=(?:\"([^\"]+)\"|([^;\\s]+))", Pattern.CASE_INSENSITIVE);

    private final InputStream in;
    /** What ends a part: its line break belongs to it. */
    private final byte[] delimiter;

    Multipart(Request request) throws IOException {
        Matcher boundary = BOUNDARY.matcher(request.header("content-type").orElse(""));
        if (!boundary.find()) {
            throw new ApiException(400, "badContent", "Missing boundary of a multipart body");
        }
        String text = boundary.group(1) == null ? boundary.group(2) : boundary.group(1);
        this.delimiter = ("\r\n--" + text).getBytes(StandardCharsets.ISO_8859_1);
        this.in = new BufferedInputStream(request.body(), 64 * 1024);
        copyUntil(delimiter, 2, OutputStream.nullOutputStream()); // the first one needs no line break before it
    }

    /** Goes to the next part: false after the last one. The part before must have been read. */
    boolean next() throws IOException {
        int first = in.read();
        int second = in.read();
        return !(first == '-' && second == '-') && second >= 0;
    }

    /** The header of the part, by names in lower case. */
    Map<String, String> header() throws IOException {
        Map<String, String> header = new LinkedHashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            header.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return header;
    }

    byte[] content() throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        copyTo(content);
        return content.toByteArray();
    }

    void copyTo(OutputStream out) throws IOException {
        copyUntil(delimiter, 0, out);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        copyUntil(new byte[] {'\r', '\n'}, 0, line);
        return line.toString(StandardCharsets.UTF_8);
    }

    /** A delimiter's first byte occurs in it once only, so after a mismatch it can begin at the current byte alone. */
    private void copyUntil(byte[] end, int begun, OutputStream out) throws IOException {
        int matched = begun;
        while (matched < end.length) {
            int next = in.read();
            if (next < 0) {
                throw new ApiException(400, "badContent", "The multipart body ends in the middle");
            }
            if (next == end[matched]) {
                matched++;
            } else {
                out.write(end, 0, matched);
                matched = next == end[0] ? 1 : 0;
                if (matched == 0) {
                    out.write(next);
                }
            }
        }
    }
}
