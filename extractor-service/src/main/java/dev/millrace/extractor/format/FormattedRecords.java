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
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Records of one format, out of as many files or answers as there are. For use by several threads. */
public final class FormattedRecords {
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
            case Format.Csv csv -> {
                long comments = new CsvFile(csv, expected, sink, Pieces.SIZE).read(in);
                if (comments > 0) {
                    log.accept(name + ": " + comments + (comments == 1 ? " line begins" : " lines begin") + " with '"
                            + csv.comment() + "' and " + (comments == 1 ? "was" : "were") + " left out");
                }
            }
            case Format.FixedWidth fixed -> new FixedWidthFile(fixed, expected, sink).read(in);
            case Format.Ndjson lines ->
                new NdjsonFile(sink, Pieces.SIZE).read(TolerantJson.valid(in, lines.invalidBytes(), told));
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
            case Format.Parquet _ ->
                new ParquetFile(columns(), sink, Objects.requireNonNull(room), ParquetFile.STRETCH, told).read(in);
            case Format.Avro _ -> new AvroFile(columns(), sink).read(in);
            case Format.Arrow _ -> new ArrowFile(columns(), sink, Objects.requireNonNull(room)).read(in);
            case Format.Xml xml -> new XmlFile(xml, Objects.requireNonNull(path), missing, sink).read(in);
        }
    }
}
