package dev.millrace.extractor.file;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StrictReader;
import dev.millrace.pipeline.Names;
import dev.millrace.pipeline.file.FileSelection.Format;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Rows of a CSV file (RFC 4180) as JSON objects of texts. A column that has no name in the header is left out, and its
 * values are read by nobody.
 */
final class CsvFile {
    /** Of names in an error. */
    private static final int MOST_NAMES = 20;

    private static final byte[] NOTHING = {};
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

    private final Format.Csv format;
    private final List<String> expected;
    private final RecordSink sink;
    private final ByteArrayOutputStream object = new ByteArrayOutputStream();
    private final JsonStringEncoder encoder = JsonStringEncoder.getInstance();

    /** @param expected what a header has to name; empty: anything, and every column has a name */
    CsvFile(Format.Csv format, List<String> expected, RecordSink sink) {
        this.format = format;
        this.expected = expected;
        this.sink = sink;
    }

    /** @param quoted tells {@code ""}, an empty text, from nothing */
    private record Field(String text, boolean quoted) {
        boolean isNothing() {
            return text.isEmpty() && !quoted;
        }

        /** RFC 4180, section 2.5: such a field isn't where its writer thought it is. */
        boolean hasBareQuote() {
            return !quoted && text.indexOf('"') >= 0;
        }
    }

    /** @param line on which it begins, from 1 */
    private record Row(long line, List<Field> fields) {
        boolean isBlank() {
            return fields.isEmpty() || (fields.size() == 1 && fields.get(0).isNothing());
        }
    }

    void read(InputStream in) throws IOException, MalformedSource {
        if (!format.header() && format.columns().isEmpty()) {
            throw new MalformedSource("there is no header, and no columns are named");
        }
        List<byte[]> names = format.header() ? null : encoded(format.columns());
        long line = 0;
        try (CsvReader<Row> reader = CsvReader.builder()
                .fieldSeparator(format.delimiter().charAt(0))
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .skipEmptyLines(false)
                .maxBufferSize(Reject.RECORD_LIMIT)
                .build(new Rows(), new StrictReader(in, Charset.forName(format.encoding())))) {
            for (Iterator<Row> rows = reader.iterator(); rows.hasNext(); ) {
                Row row = rows.next();
                line = row.line();
                if (names == null) {
                    names = row.isBlank() ? null : header(row);
                } else if (!row.isBlank()) {
                    hand(row, names);
                } else if (names.size() == 1) { // its only field is empty
                    hand(new Row(row.line(), List.of(new Field("", false))), names);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (CsvParseException e) {
            if (e.getCause() instanceof RuntimeException passing) {
                throw passing; // of the stream below, which has nothing to do with CSV
            }
            throw new MalformedSource(
                    reason(e) + (line == 0 ? "" : " (the last good row begins in line " + line + ")"));
        }
        if (names == null) {
            throw new MalformedSource("the file is empty (expected: a header line)");
        }
    }

    private static String reason(CsvParseException failure) {
        Throwable cause = failure.getCause();
        return failure.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    }

    private List<byte[]> header(Row row) throws MalformedSource {
        List<String> names = row.fields().stream().map(Field::text).toList();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.isEmpty() && expected.isEmpty()) {
                throw new MalformedSource("line " + row.line() + ": column " + (i + 1) + " of the header has no name");
            }
            if (!name.isEmpty() && !seen.add(name)) {
                throw new MalformedSource("line " + row.line() + ": the header names column '" + name + "' twice");
            }
        }
        List<String> lacking =
                expected.stream().filter(name -> !seen.contains(name)).toList();
        if (!lacking.isEmpty()) {
            throw new MalformedSource("line " + row.line() + ": the header has no column "
                    + lacking.stream()
                            .limit(MOST_NAMES)
                            .map(name -> "'" + name + "'" + nearest(name, seen))
                            .collect(Collectors.joining(", "))
                    + "; it has " + names.stream().limit(MOST_NAMES).collect(Collectors.joining("', '", "'", "'"))
                    + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : "")
                    + " (expected: all columns of the schema that aren't optional: true)");
        }
        return encoded(names);
    }

    private static String nearest(String name, Set<String> header) {
        return Names.nearest(name, header)
                .map(near -> " (is it '" + near + "'?)")
                .orElse("");
    }

    /** Each name as it begins a member of an object; empty where there is none. */
    private List<byte[]> encoded(List<String> names) {
        return names.stream()
                .map(name -> name.isEmpty()
                        ? NOTHING
                        : ("\"" + new String(encoder.quoteAsString(name)) + "\":").getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    private void hand(Row row, List<byte[]> names) {
        sink.beginsAt(row.line());
        int bare = firstBareQuote(row);
        if (bare >= 0) {
            rejectBareQuote(row, bare);
            return;
        }
        if (row.fields().size() != names.size()) {
            sink.reject(
                    row.fields().size() + (row.fields().size() == 1 ? " field" : " fields") + " where "
                            + (format.header() ? "the header has " : "there are ") + names.size()
                            + (format.header() ? "" : " columns"),
                    asSent(row));
            return;
        }
        object.reset();
        object.write('{');
        for (int i = 0; i < names.size(); i++) {
            Field field = row.fields().get(i);
            if (names.get(i).length == 0) {
                continue;
            }
            if (object.size() > 1) {
                object.write(',');
            }
            object.writeBytes(names.get(i));
            if (field.isNothing()) {
                object.writeBytes(NULL);
            } else {
                object.write('"');
                object.writeBytes(encoder.quoteAsUTF8(field.text()));
                object.write('"');
            }
        }
        object.write('}');
        if (object.size() > Reject.RECORD_LIMIT) {
            sink.reject(
                    "a record of " + object.size() + " bytes, which is more than the " + Reject.RECORD_LIMIT
                            + " that are read",
                    asSent(row));
            return;
        }
        byte[] bytes = object.toByteArray();
        sink.record(bytes, 0, bytes.length);
    }

    /** -1: none. */
    private static int firstBareQuote(Row row) {
        for (int i = 0; i < row.fields().size(); i++) {
            if (row.fields().get(i).hasBareQuote()) {
                return i;
            }
        }
        return -1;
    }

    private void rejectBareQuote(Row row, int field) {
        sink.reject(
                "field " + (field + 1) + " has a quote, but doesn't begin with one, so that its end is uncertain"
                        + " (expected: the field in quotes, and quotes within it doubled)",
                asSent(row));
    }

    private String asSent(Row row) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < row.fields().size() && text.length() <= Reject.MAX_RECORD; i++) {
            Field field = row.fields().get(i);
            text.append(i == 0 ? "" : format.delimiter());
            text.append(field.quoted() ? "\"" + field.text().replace("\"", "\"\"") + "\"" : field.text());
        }
        return text.toString();
    }

    /** Keeps what the library's own records don't tell: whether a field stood in quotes. */
    private static final class Rows extends AbstractBaseCsvCallbackHandler<Row> {
        private List<Field> fields = new ArrayList<>();

        @Override
        protected void handleBegin(long startingLineNumber) {
            fields = new ArrayList<>(Math.max(4, fields.size()));
        }

        @Override
        protected void handleField(int index, char[] buffer, int offset, int length, boolean quoted) {
            fields.add(new Field(new String(buffer, offset, length), quoted));
        }

        @Override
        protected @Nullable Row buildRecord() {
            return new Row(getStartingLineNumber(), fields);
        }
    }
}
