package dev.millrace.extractor.format;

import dev.millrace.extractor.record.JsonRows;
import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.TolerantJson;
import dev.millrace.extractor.workbook.Workbook;
import dev.millrace.extractor.workbook.Workbooks;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Records of one format, out of as many files or answers as there are. For use by several threads. */
public final class FormattedRecords {
    private static final RecordSink NOBODY = new RecordSink() {
        @Override
        public void record(byte[] bytes, int offset, int length) {
            throw new IllegalStateException("a record of a file of which nothing is read");
        }

        @Override
        public void reject(String reason, String start) {
            throw new IllegalStateException("a reject of a file of which nothing is read");
        }
    };

    private final Format format;
    private final @Nullable JsonPath path;
    private final Missing missing;
    private final List<String> expected;
    private final Consumer<String> log;
    private final @Nullable Room room;

    /**
     * What is needed for files that can't be read from their first byte to their last.
     *
     * @param scratch folder for them while they are read
     * @param mostTimes of its size that a part of one may unpack to
     */
    public record Room(Path scratch, int mostTimes) {}

    /**
     * @param path to the records in a document; null: the document itself
     * @param missing of elements at the path, of XML
     * @param expected what the fields of flat records have to be called; empty: anything
     * @param log takes what is left out as the format says
     * @param room for workbooks, Parquet and Arrow; null: none are read
     */
    public FormattedRecords(
            Format format,
            @Nullable JsonPath path,
            Missing missing,
            List<String> expected,
            Consumer<String> log,
            @Nullable Room room) {
        this.room = room;
        this.format = format;
        this.path = path;
        this.missing = missing;
        this.expected = expected;
        this.log = log;
    }

    /**
     * The bytes of a file as {@link #read} takes them: unpacked.
     *
     * @param in as {@link Packing#unpacked} wants it
     * @param key likewise
     */
    public InputStream unpacked(InputStream in, @Nullable String key) throws IOException, MalformedSource {
        return switch (format) {
            case Format.Excel _, Format.Parquet _, Format.Avro _, Format.Arrow _ -> Packing.unpackedBinary(in);
            case Format.Csv _, Format.FixedWidth _, Format.Ndjson _, Format.Json _, Format.Xml _ ->
                Packing.unpacked(in, key);
        };
    }

    /** Whether the format says nothing of how its records are found, and it can be proposed. */
    public boolean mayPropose() {
        return format instanceof Format.Excel excel
                && excel.sheet() == null
                && excel.start() == null
                && excel.unpivot() == null
                && excel.header().contains().isEmpty()
                && excel.header().rows() == 1;
    }

    /**
     * The format by which a file could be read.
     *
     * @param in unpacked
     * @return null: nothing in it looks like records
     * @throws MalformedSource when it isn't of the format
     */
    public Format.@Nullable Excel proposed(InputStream in) throws IOException, MalformedSource {
        Room known = Objects.requireNonNull(room);
        try (Workbook workbook =
                new Workbooks(known.scratch(), known.mostTimes(), Format.Excel.Numbers.DISPLAYED).open(in)) {
            return new WorkbookProposal(workbook).propose();
        }
    }

    /** Whether the format knows texts only, so that JSON can only be within one. */
    public boolean areTexts() {
        return format.isFlat();
    }

    /** What the fields of records that nest have to be called, of which columns are read or parts of them. */
    private List<String> columns() {
        return expected.stream()
                .map(path -> JsonPath.of(path).steps().getFirst())
                .flatMap(step -> step instanceof JsonPath.Step.Name name ? Stream.of(name.name()) : Stream.empty())
                .distinct()
                .toList();
    }

    /**
     * Reads to the end.
     *
     * @param name of the file or answer, for the log
     * @throws MalformedSource when it isn't of the format, or lacks what has to be there
     */
    public void read(String name, InputStream in, RecordSink sink) throws IOException, MalformedSource {
        Consumer<String> told = said -> log.accept(name + ": " + said);
        switch (format) {
            case Format.Csv csv -> comments(csv, csv(csv, sink).read(in), told);
            case Format.FixedWidth fixed -> new FixedWidthFile(fixed, expected, sink).read(in);
            case Format.Ndjson lines -> ndjson(sink).read(TolerantJson.valid(in, 0, lines.invalidBytes(), told), 0);
            case Format.Json json -> {
                JsonSlicer slicer = new JsonSlicer(
                        TolerantJson.of(in, json, told),
                        path,
                        json.single(),
                        JsonRows.of(json.columns(), json.keyedBy()),
                        Missing.FAIL,
                        JsonSlicer.Wanted.values(List.of()),
                        sink);
                slicer.slice();
                var _ = slicer.values();
            }
            case Format.Excel excel -> {
                Room known = Objects.requireNonNull(room);
                Workbooks workbooks = new Workbooks(known.scratch(), known.mostTimes(), excel.numbers());
                new ExcelFile(excel, expected, sink, told).read(in, workbooks);
            }
            case Format.Parquet _ -> parquet(sink, told).read(in);
            case Format.Avro _ -> new AvroFile(columns(), sink).read(in);
            case Format.Arrow _ -> new ArrowFile(columns(), sink, Objects.requireNonNull(room)).read(in);
            case Format.Xml xml -> new XmlFile(xml, Objects.requireNonNull(path), missing, sink).read(in);
        }
    }

    private CsvFile csv(Format.Csv csv, RecordSink sink) {
        return new CsvFile(csv, expected, sink, Pieces.SIZE);
    }

    private static void comments(Format.Csv csv, long comments, Consumer<String> told) {
        if (comments > 0) {
            told.accept(comments + (comments == 1 ? " line begins" : " lines begin") + " with '" + csv.comment()
                    + "' and " + (comments == 1 ? "was" : "were") + " left out");
        }
    }

    private static NdjsonFile ndjson(RecordSink sink) {
        return new NdjsonFile(sink, Pieces.SIZE);
    }

    private ParquetFile parquet(RecordSink sink, Consumer<String> told) {
        return new ParquetFile(columns(), sink, Objects.requireNonNull(room), ParquetFile.STRETCH, told);
    }

    /** Whether large files of the format may be cut into ranges. */
    public boolean mayBeCut() {
        return switch (format) {
            case Format.Csv csv -> CsvRowEnds.of(csv) != null;
            case Format.Ndjson _, Format.Parquet _ -> true;
            case Format.FixedWidth _, Format.Json _, Format.Excel _, Format.Avro _, Format.Arrow _, Format.Xml _ ->
                false;
        };
    }

    /**
     * Where a large file may be cut. A text is read from its first byte to its last for that, of Parquet the footer.
     *
     * @param each bytes of a range, about
     * @return ranges that follow each other and have all of its records; nothing: it can't be cut, since it is packed, not of the
     *     format, or one row
     */
    public List<FileRange> ranges(RangedFile file, long each) throws IOException {
        return switch (format) {
            case Format.Csv csv -> ofText(file, in -> csv(csv, NOBODY).ranges(in, each));
            case Format.Ndjson _ -> ofText(file, in -> ndjson(NOBODY).ranges(in, each));
            case Format.Parquet _ -> parquet(NOBODY, log).ranges(file, each);
            case Format.FixedWidth _, Format.Json _, Format.Excel _, Format.Avro _, Format.Arrow _, Format.Xml _ ->
                List.of();
        };
    }

    /** Finds the ranges of a text. */
    private interface Scan {
        List<FileRange> ranges(InputStream in) throws IOException;
    }

    private static List<FileRange> ofText(RangedFile file, Scan scan) throws IOException {
        try (BufferedInputStream in = Packing.buffered(file.open(0, file.size()))) {
            return Packing.of(in) == Packing.NONE ? scan.ranges(in) : List.of();
        }
    }

    /**
     * Reads a range to its end.
     *
     * @throws MalformedSource when it isn't of the format, or lacks what has to be there
     * @throws MillraceException with {@code SOURCE_INCONSISTENT} when its bytes are others than those by which it was cut
     */
    public void read(RangedFile file, FileRange range, RecordSink sink) throws IOException, MalformedSource {
        Consumer<String> told = said -> log.accept(file.name() + ": " + said);
        switch (format) {
            case Format.Csv csv -> {
                try (InputStream in = new RangeStream(file, range)) {
                    CsvFile rows = csv(csv, sink);
                    comments(csv, range.from() == 0 ? rows.read(in) : rows.read(in, range), told);
                }
            }
            case Format.Ndjson lines -> {
                try (InputStream in = new RangeStream(file, range)) {
                    ndjson(sink).read(TolerantJson.valid(in, range.lines(), lines.invalidBytes(), told), range.lines());
                }
            }
            case Format.Parquet _ -> parquet(sink, told).read(file, range);
            case Format.FixedWidth _, Format.Json _, Format.Excel _, Format.Avro _, Format.Arrow _, Format.Xml _ ->
                throw new MillraceException(
                        ErrorCode.STAGING_CORRUPT, "a plan has a part of " + file.name() + ", which is never cut");
        }
    }
}
