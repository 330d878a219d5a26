package dev.millrace.benchmarks;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/**
 * Transformations of records that aren't each like the one before, of {@link Throughput}: time and processor time of the transformer,
 * beside DuckDB's COPY of the same file with the same columns and casts.
 */
final class Shapes implements Benchmark {
    private static final int TIMES = 3;
    private static final int WIDE = 200;
    private static final int LINES = 4;
    private static final String GOAL = "1.6×";

    /** The columns of {@link #order}. */
    private static final String SCHEMA = """
          - {name: id, type: INTEGER, mode: REQUIRED}
          - {name: amount, type: NUMERIC}
          - {name: shipped_on, type: DATE, from: shippedOn}
          - {name: seen, type: TIMESTAMP}
          - {name: weight, type: FLOAT}
          - {name: city, type: STRING, from: address.city}
          - {name: note, type: STRING}
    """;

    private static final String TYPES = """
            {id: 'BIGINT', amount: 'DECIMAL(38, 9)', shippedOn: 'VARCHAR', seen: 'VARCHAR', weight: 'DOUBLE',
             address: 'STRUCT(city VARCHAR)', note: 'VARCHAR'}""";

    private static final String SELECTED = "id, amount, TRY_CAST(shippedOn AS DATE) AS shipped_on,"
            + " CAST(seen AS TIMESTAMPTZ) AS seen, weight, address.city AS city, note";

    /**
     * @param file name of the file, by whose end DuckDB knows how it is packed
     * @param format of it, as a pipeline says
     * @param keys of the endpoint, beside source, destination and schema
     * @param json a record
     * @param share of the records of the benchmark that there are
     * @param selected what DuckDB makes of it, from {@code records}
     * @param source of DuckDB, with {@code %s} for the file
     */
    private record Shape(
            String file,
            String format,
            String keys,
            String schema,
            LongFunction<String> json,
            int share,
            String selected,
            String source) {
        Shape(String file, LongFunction<String> json) {
            this(file, "ndjson", "", SCHEMA, json, 1, SELECTED, lines(TYPES));
        }
    }

    private static String lines(String types) {
        return "read_json('%s', format = 'newline_delimited', columns = " + types + ")";
    }

    private static Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("each like the one before", new Shape("plain.ndjson", number -> order(number, 0, 0)));
        shapes.put("fields missing and null", new Shape("optional.ndjson", Shapes::optional));
        shapes.put(
                "texts with escapes",
                new Shape(
                        "escapes.ndjson",
                        number -> order(number, 0, 0)
                                .replace("\"note\":\"", "\"note\":\"\\\"so\\\" \\u00e9t\\u00e9\\n")));
        shapes.put(
                "1 % rejected", new Shape("rejects.ndjson", number -> order(number, number % 100 == 50 ? 32 : 0, 0)));
        shapes.put(
                "pretty-printed, in an array",
                new Shape(
                        "pretty.json",
                        "json",
                        "",
                        SCHEMA,
                        number -> order(number, 0, 0)
                                .replace(",\"", ",\n    \"")
                                .replace("\":", "\" : ")
                                .replace("{", "{\n    "),
                        1,
                        SELECTED,
                        "read_json('%s', format = 'array', columns = " + TYPES + ")"));
        shapes.put("packed with gzip", new Shape("packed.ndjson.gz", number -> order(number, 0, 0)));
        shapes.put(
                "arrays of texts and of objects",
                new Shape(
                        "arrays.ndjson",
                        "ndjson",
                        "",
                        SCHEMA + """
                          - {name: tags, type: STRING, mode: REPEATED}
                          - {name: lines, type: RECORD, mode: REPEATED, fields: [{name: sku, type: STRING}, {name: count, type: INTEGER}]}
                        """,
                        number -> order(number, 0, LINES),
                        2,
                        SELECTED + ", tags, lines",
                        lines(withLines())));
        shapes.put(
                "exploded, " + LINES + " rows of a record",
                new Shape(
                        "lines.ndjson",
                        "ndjson",
                        "explode: lines",
                        SCHEMA + """
                          - {name: sku, type: STRING, from: lines.sku}
                          - {name: pieces, type: INTEGER, from: lines.count}
                        """,
                        number -> order(number, 0, LINES),
                        4,
                        SELECTED + ", line.sku AS sku, line.count AS pieces",
                        "(SELECT *, unnest(lines) AS line FROM " + lines(withLines()) + ")"));
        shapes.put(
                WIDE + " columns",
                new Shape(
                        "wide.ndjson",
                        "ndjson",
                        "",
                        IntStream.range(0, WIDE)
                                .mapToObj(i -> "  - {name: c" + i + ", type: "
                                        + List.of("INTEGER", "NUMERIC", "STRING", "BOOLEAN")
                                                .get(i % 4) + "}\n")
                                .collect(Collectors.joining()),
                        Shapes::wide,
                        10,
                        IntStream.range(0, WIDE).mapToObj(i -> "c" + i).collect(Collectors.joining(", ")),
                        lines(IntStream.range(0, WIDE)
                                .mapToObj(i -> "c" + i + ": '"
                                        + List.of("BIGINT", "DECIMAL(38, 9)", "VARCHAR", "BOOLEAN")
                                                .get(i % 4) + "'")
                                .collect(Collectors.joining(", ", "{", "}")))));
        shapes.put(
                "CSV",
                new Shape(
                        "plain.csv",
                        "csv",
                        "",
                        SCHEMA.replace("address.", ""),
                        Shapes::csv,
                        1,
                        SELECTED.replace("address.", ""),
                        "read_csv('%s', header = true, auto_detect = false, columns = "
                                + TYPES.replace("address: 'STRUCT(city VARCHAR)'", "city: 'VARCHAR'") + ")"));
        return shapes;
    }

    private static String withLines() {
        return TYPES.replace("}", ", tags: 'VARCHAR[]', lines: 'STRUCT(sku VARCHAR, count BIGINT)[]'}");
    }

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        Path folder = Files.createDirectories(environment.folder().resolve("shapes"));
        Map<String, Shape> shapes = shapes();
        Map<String, String> pipelines = new LinkedHashMap<>();
        for (Shape shape : shapes.values()) {
            write(folder.resolve(shape.file()), shape, environment.records() / shape.share());
            String name = pipeline(shape);
            pipelines.put(name, """
                    version: 1
                    name: %s
                    source: {type: files, folder: "%s"}
                    endpoints:
                      orders:
                        files: {pattern: %s, format: {type: %s}}
                        %s
                        destination: {table: %s.orders, write: replace}
                        rejects: {maxShare: 0.02}
                        schema:
                    %s
                    """.formatted(
                            name,
                            folder,
                            shape.file(),
                            shape.format(),
                            shape.keys(),
                            name,
                            shape.schema()
                                    .lines()
                                    .map(column -> "      " + column.strip())
                                    .collect(Collectors.joining("\n"))));
        }
        List<Measurement> measurements = new ArrayList<>();
        try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
            for (Map.Entry<String, Shape> shape : shapes.entrySet()) {
                measure(environment, millrace, shape.getKey(), shape.getValue(), measurements);
            }
        }
        return measurements;
    }

    private static void measure(
            BenchmarkEnvironment environment,
            Installation millrace,
            String name,
            Shape shape,
            List<Measurement> measurements)
            throws Exception {
        Path file = environment.folder().resolve("shapes").resolve(shape.file());
        List<Duration> steps = new ArrayList<>();
        List<Duration> processor = new ArrayList<>();
        List<Duration> copies = new ArrayList<>();
        List<Duration> copyProcessor = new ArrayList<>();
        for (int i = 0; i <= TIMES; i++) {
            Duration alone = ProcessorTime.ofThisProcess();
            copies.add(Comparisons.copied(
                    "SELECT " + shape.selected() + " FROM " + shape.source().formatted(file),
                    environment.folder().resolve("shape.parquet")));
            copyProcessor.add(ProcessorTime.ofThisProcess().minus(alone));
            Duration before = millrace.processorTime("transformer");
            steps.add(millrace.run(pipeline(shape), "orders").step("TRANSFORM"));
            processor.add(millrace.processorTime("transformer").minus(before));
        }
        String records = String.format(Locale.ROOT, "%,d records, ", environment.records() / shape.share());
        measurements.add(
                Measurement.against("Transform " + records + name, warm(steps), "DuckDB's COPY", warm(copies), GOAL));
        measurements.add(Measurement.against(
                "The same, processor time", warm(processor), "DuckDB's COPY", warm(copyProcessor), GOAL));
    }

    private static Duration warm(List<Duration> times) {
        return Measurement.median(times.subList(1, times.size()));
    }

    private static String pipeline(Shape shape) {
        return "of_" + shape.file().replace('.', '_');
    }

    private static void write(Path file, Shape shape, long count) throws IOException {
        boolean array = shape.format().equals("json");
        try (OutputStream stored = Files.newOutputStream(file);
                OutputStream out = new BufferedOutputStream(
                        file.toString().endsWith(".gz") ? new GZIPOutputStream(stored) : stored, 1 << 20)) {
            out.write(
                    (array ? "[\n" : shape.format().equals("csv") ? "id,amount,shippedOn,seen,weight,city,note\n" : "")
                            .getBytes(StandardCharsets.UTF_8));
            for (long number = 0; number < count; number++) {
                out.write((shape.json().apply(number) + (array && number < count - 1 ? ",\n" : "\n"))
                        .getBytes(StandardCharsets.UTF_8));
            }
            out.write((array ? "]\n" : "").getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * @param day of the month, 32 for a date that doesn't exist; 0: any
     * @param lines how many elements its two arrays have; 0: there are no arrays
     */
    private static String order(long number, int day, int lines) {
        SplittableRandom random = new SplittableRandom(number);
        String arrays = lines == 0
                ? ""
                : IntStream.range(0, lines)
                                .mapToObj(i -> "\"tag " + i + '"')
                                .collect(Collectors.joining(",", ",\"tags\":[", "]"))
                        + IntStream.range(0, lines)
                                .mapToObj(i -> "{\"sku\":\"s-" + (number % 1_000 + i) + "\",\"count\":" + (1 + i) + '}')
                                .collect(Collectors.joining(",", ",\"lines\":[", "]"));
        return String.format(
                Locale.ROOT,
                "{\"id\":%d,\"amount\":%d.%02d,\"shippedOn\":\"2026-%02d-%02d\",\"seen\":\"2026-%02d-11T%02d:%02d:00Z\","
                        + "\"weight\":%d.%03d,\"address\":{\"city\":\"city %d\"},\"note\":\"note of %08d\"%s}",
                number,
                random.nextInt(100_000),
                random.nextInt(100),
                1 + random.nextInt(12),
                day == 0 ? 1 + random.nextInt(28) : day,
                1 + random.nextInt(12),
                random.nextInt(24),
                random.nextInt(60),
                random.nextInt(50),
                random.nextInt(1_000),
                random.nextInt(500),
                random.nextInt(100_000_000),
                arrays);
    }

    /** Each field but the first may be missing or null, by chance. */
    private static String optional(long number) {
        SplittableRandom random = new SplittableRandom(number);
        return order(number, 0, 0)
                .replaceAll("\"amount\":[^,]*", random.nextInt(3) == 0 ? "\"amount\":null" : "$0")
                .replaceAll(random.nextInt(4) == 0 ? "\"weight\":[^,]*," : "^$", "")
                .replaceAll(random.nextInt(4) == 0 ? ",\"note\":\"[^\"]*\"" : "^$", "")
                .replaceAll("\"address\":\\{[^}]*}", random.nextInt(5) == 0 ? "\"address\":null" : "$0");
    }

    private static String wide(long number) {
        SplittableRandom random = new SplittableRandom(number);
        return IntStream.range(0, WIDE)
                .mapToObj(i -> "\"c" + i + "\":"
                        + switch (i % 4) {
                            case 0 -> String.valueOf(random.nextInt());
                            case 1 -> random.nextInt(1_000) + ".25";
                            case 2 -> "\"text " + random.nextInt(1_000) + '"';
                            default -> String.valueOf(random.nextBoolean());
                        })
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** The values of an order; there are no commas and colons in its texts but those of its times. */
    private static String csv(long number) {
        return order(number, 0, 0)
                .replace("\"address\":", "")
                .replaceAll("\"[a-zA-Z]+\":", "")
                .replaceAll("[{}\"]", "");
    }
}
