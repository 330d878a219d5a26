package dev.millrace.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.poi.hssf.eventusermodel.HSSFEventFactory;
import org.apache.poi.hssf.eventusermodel.HSSFRequest;
import org.apache.poi.hssf.record.LabelSSTRecord;
import org.apache.poi.hssf.record.NumberRecord;
import org.apache.poi.hssf.record.SSTRecord;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.poifs.filesystem.POIFSFileSystem;
import org.apache.poi.ss.usermodel.Row;
import org.apache.poi.ss.usermodel.Sheet;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.dhatim.fastexcel.reader.ReadableWorkbook;

/**
 * Workbooks of ten columns into staging, beside what reads their cells and keeps nothing: fastexcel-reader for .xlsx, and POI's events
 * for .xls. And the peak of the extractor's memory.
 */
final class Workbooks implements Benchmark {
    private static final int TIMES = 3;
    private static final int MOST_OF_XLS = 65_535; // beside the header
    private static final int COLUMNS = 10;
    private static final String[] AREAS = {"North East", "North West", "London", "Yorkshire and The Humber", "Wales"};

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        Path folder = Files.createDirectories(environment.folder().resolve("workbooks"));
        int rows = (int) Math.min(environment.records(), 1_048_575);
        writeXlsx(folder.resolve("large.xlsx"), rows);
        writeXlsx(folder.resolve("small.xlsx"), 1_000);
        writeXls(folder.resolve("large.xls"));
        Map<String, String> pipelines = Map.of(
                "small", pipeline("small", folder, "small.xlsx"),
                "xlsx", pipeline("xlsx", folder, "large.xlsx"),
                "xls", pipeline("xls", folder, "large.xls"));
        List<Duration> fastexcel = new ArrayList<>();
        List<Duration> xlsx = new ArrayList<>();
        List<Duration> events = new ArrayList<>();
        List<Duration> xls = new ArrayList<>();
        long peak;
        try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
            Duration _ = millrace.extract("small", "rows"); // the first is slower
            for (int i = 0; i <= TIMES; i++) { // in turns, so that other work on the machine meets all of them
                fastexcel.add(readXlsx(folder.resolve("large.xlsx")));
                xlsx.add(millrace.extract("xlsx", "rows"));
                events.add(readXls(folder.resolve("large.xls")));
                xls.add(millrace.extract("xls", "rows"));
            }
            peak = millrace.peakMemory().getOrDefault("extractor", 0L);
        }
        return List.of(
                Measurement.against(
                        String.format(Locale.ROOT, ".xlsx to staging, %,d rows of %d columns", rows, COLUMNS),
                        Measurement.median(xlsx.subList(1, xlsx.size())),
                        "fastexcel-reader, of which nothing is kept",
                        Measurement.median(fastexcel.subList(1, fastexcel.size())),
                        "1.3×"),
                Measurement.against(
                        String.format(Locale.ROOT, ".xls to staging, %,d rows of %d columns", MOST_OF_XLS, COLUMNS),
                        Measurement.median(xls.subList(1, xls.size())),
                        "POI's events, of which nothing is kept",
                        Measurement.median(events.subList(1, events.size())),
                        "1.5×"),
                Measurement.of("Peak memory of the extractor for both", peak / 1_000_000 + " MB", "400 MB"));
    }

    private static String pipeline(String name, Path folder, String file) {
        return """
            version: 1
            name: %s
            source: {type: files, folder: "%s"}
            endpoints:
              rows:
                files: {pattern: %s, format: {type: excel}}
                destination: {table: %s.rows, write: replace}
                schema:
                  - {name: id, type: INTEGER, mode: REQUIRED}
            """.formatted(name, folder, file, name);
    }

    /** Numbers, texts that are shared by many cells, and texts that are not. */
    private interface Cells {
        void number(int column, double number);

        void text(int column, String text);
    }

    private static void header(Cells cells) {
        cells.text(0, "id");
        for (int column = 1; column < COLUMNS; column++) {
            cells.text(column, "column " + column);
        }
    }

    private static void row(int row, Cells cells) {
        cells.number(0, row);
        cells.text(1, AREAS[row % AREAS.length]);
        cells.text(2, "Name of " + row);
        cells.number(3, row * 7 % 1_000);
        cells.number(4, row / 8.0);
        cells.text(5, AREAS[row / 7 % AREAS.length]);
        for (int column = 6; column < COLUMNS; column++) {
            cells.number(column, (row + column) * 31 % 100_000);
        }
    }

    static void writeXlsx(Path file, int rows) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                Workbook workbook = new Workbook(out, "benchmark", "1.0")) {
            Worksheet sheet = workbook.newWorksheet("Data");
            for (int row = 0; row <= rows; row++) {
                int at = row;
                Cells cells = new Cells() {
                    @Override
                    public void number(int column, double number) {
                        sheet.value(at, column, number);
                    }

                    @Override
                    public void text(int column, String text) {
                        sheet.value(at, column, text);
                    }
                };
                if (row == 0) {
                    header(cells);
                } else {
                    row(row, cells);
                }
                if (row % 1_000 == 0) {
                    sheet.flush();
                }
            }
        }
    }

    static void writeXls(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                HSSFWorkbook workbook = new HSSFWorkbook()) {
            Sheet sheet = workbook.createSheet("Data");
            for (int row = 0; row <= MOST_OF_XLS; row++) {
                Row of = sheet.createRow(row);
                Cells cells = new Cells() {
                    @Override
                    public void number(int column, double number) {
                        of.createCell(column).setCellValue(number);
                    }

                    @Override
                    public void text(int column, String text) {
                        of.createCell(column).setCellValue(text);
                    }
                };
                if (row == 0) {
                    header(cells);
                } else {
                    row(row, cells);
                }
            }
            workbook.write(out);
        }
    }

    static Duration readXlsx(Path file) throws IOException {
        long start = System.nanoTime();
        long[] characters = {0};
        try (ReadableWorkbook workbook = new ReadableWorkbook(file.toFile());
                Stream<org.dhatim.fastexcel.reader.Row> rows =
                        workbook.getFirstSheet().openStream()) {
            rows.forEach(
                    row -> row.forEach(cell -> characters[0] += cell.getText().length()));
        }
        return taken(start, characters[0]);
    }

    static Duration readXls(Path file) throws IOException {
        long start = System.nanoTime();
        long[] characters = {0};
        SSTRecord[] strings = {new SSTRecord()};
        try (POIFSFileSystem files = new POIFSFileSystem(file.toFile(), true)) {
            HSSFRequest request = new HSSFRequest();
            request.addListenerForAllRecords(record -> {
                switch (record) {
                    case SSTRecord shared -> strings[0] = shared;
                    case NumberRecord number ->
                        characters[0] += Double.toString(number.getValue()).length();
                    case LabelSSTRecord text ->
                        characters[0] += strings[0]
                                .getString(text.getSSTIndex())
                                .getString()
                                .length();
                    default -> {
                        // how cells look
                    }
                }
            });
            new HSSFEventFactory().processWorkbookEvents(request, files);
        }
        return taken(start, characters[0]);
    }

    private static Duration taken(long start, long characters) throws IOException {
        if (characters == 0) {
            throw new IOException("nothing was read");
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
