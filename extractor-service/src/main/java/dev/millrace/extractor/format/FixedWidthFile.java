package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StrictReader;
import dev.millrace.pipeline.format.Format;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.util.List;

/** Lines of fields that have a fixed width each, as JSON objects of texts without the blanks around them. */
final class FixedWidthFile {
    private static final int TO_THE_END = Integer.MAX_VALUE;

    private final Format.FixedWidth format;
    private final List<String> expected;
    private final RecordSink sink;
    private final List<String> names;
    private final byte[][] members;
    private final int[] widths;
    private final ObjectBytes object = new ObjectBytes();

    /** @param expected what the columns have to name; empty: anything */
    FixedWidthFile(Format.FixedWidth format, List<String> expected, RecordSink sink) {
        this.format = format;
        this.expected = expected;
        this.sink = sink;
        this.names =
                format.columns().stream().map(Format.FixedWidth.Field::name).toList();
        this.members = FieldNames.encoded(names);
        this.widths = format.columns().stream()
                .mapToInt(field -> field.width() == null ? TO_THE_END : field.width())
                .toArray();
    }

    void read(InputStream in) throws IOException, MalformedSource {
        FieldNames.check("columns has no ", names, expected);
        CsvRows lines = CsvRows.ofLines(new StrictReader(in, Charset.forName(format.encoding())));
        lines.skip(format.skip(), 0);
        while (lines.next()) {
            if (!lines.isBlank()) {
                sink.beginsAt(lines.line());
                String flaw = lines.flaw() == null ? read(lines.sent()) : lines.flaw();
                if (flaw == null) {
                    object.hand(sink, lines::start);
                } else {
                    sink.reject(flaw, lines.start());
                }
            }
        }
    }

    /** @return why the line isn't one of these fields; null: it is, and the object has them */
    private @Nullable String read(CharBuffer line) {
        char[] characters = line.array();
        int end = line.limit();
        int at = line.position();
        object.begin();
        for (int i = 0; i < widths.length; i++) {
            int start = at;
            int lacking = widths[i];
            for (; lacking > 0 && at < end; lacking--) {
                at += Character.isHighSurrogate(characters[at]) ? 2 : 1;
            }
            if (names.get(i).isEmpty()) {
                continue;
            }
            if (at > start && lacking > 0 && widths[i] != TO_THE_END) {
                return "the line ends within field " + (i + 1) + ", '" + names.get(i) + "', after "
                        + (widths[i] - lacking) + " of its " + widths[i]
                        + " characters (expected: all of them, or none)";
            }
            field(members[i], characters, start, at);
        }
        object.end();
        if (withoutBlanks(characters, at, end) < end) {
            return "there is text after the last field: the line has "
                    + Character.codePointCount(characters, line.position(), line.length())
                    + " characters where the columns have "
                    + Character.codePointCount(characters, line.position(), at - line.position());
        }
        return null;
    }

    private void field(byte[] member, char[] characters, int start, int end) {
        object.field(member);
        int from = withoutBlanks(characters, start, end);
        int to = end;
        while (to > from && characters[to - 1] == ' ') {
            to--;
        }
        if (from == to) {
            object.nothing();
        } else {
            object.text(characters, from, to);
        }
    }

    private static int withoutBlanks(char[] characters, int start, int end) {
        int from = start;
        while (from < end && characters[from] == ' ') {
            from++;
        }
        return from;
    }
}
