package dev.millrace.extractor.rest;

import dev.millrace.extractor.format.FormattedRecords;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.function.Consumer;

/** The file with what requests are sent for. */
final class EachFile {
    private static final Format CSV = new Format.Csv(true, List.of(), ",", "UTF-8", 0, null, "\"", null, false);

    private final Path file;

    EachFile(String file) {
        this.file = Path.of(file);
    }

    /**
     * Reads it to its end.
     *
     * @param fields that a CSV file has to have
     * @throws MillraceException when it can't be read, or has changed meanwhile
     */
    void read(List<JsonPath> fields, Consumer<String> log, RecordSink sink) {
        boolean csv = file.toString().endsWith(".csv");
        List<String> expected = csv ? fields.stream().map(JsonPath::toString).toList() : List.of();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            State before = State.of(file);
            new FormattedRecords(csv ? CSV : new Format.Ndjson(), null, Missing.FAIL, expected, log, null)
                    .read(file.toString(), in, sink);
            if (!State.of(file).equals(before)) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT, "forEach: " + file + " was changed while it was read");
            }
        } catch (NoSuchFileException e) {
            throw new MillraceException(ErrorCode.SOURCE_UNAVAILABLE, "forEach: there is no file " + file, e);
        } catch (MalformedSource e) {
            throw new MillraceException(e.code(), "forEach: " + file + ": " + e.detail(), e);
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE, "forEach: " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    /** What a file is like at one moment. */
    private record State(long size, FileTime modified) {
        static State of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new State(attributes.size(), attributes.lastModifiedTime());
        }
    }
}
