package dev.millrace.benchmarks;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * The records that are moved: orders, nested, about 290 bytes each as JSON. One in ten thousand has a date that doesn't
 * exist. The same number is always the same record.
 */
final class Records {
    /** What a pipeline says about the columns, below its {@code schema:}. */
    static final String SCHEMA = """
          - {name: id, type: INTEGER, mode: REQUIRED}
          - {name: status, type: STRING, mode: REQUIRED}
          - {name: amount, type: NUMERIC}
          - {name: paid, type: BOOLEAN}
          - {name: created_at, type: DATETIME, from: createdAt, timezone: Asia/Singapore}
          - {name: shipped_on, type: DATE, from: shippedOn}
          - {name: customer_id, type: STRING, from: customer.id}
          - {name: customer_name, type: STRING, from: customer.name}
          - {name: city, type: STRING, from: customer.address.city}
          - {name: zip, type: STRING, from: customer.address.zip}
          - {name: weight, type: FLOAT}
          - {name: tags, type: JSON}
          - {name: note, type: STRING}
    """;

    /** The same columns as SQL of DuckDB, from {@code read_json} of {@link #TYPES}. */
    static final String SELECTED = """
            CAST(id AS BIGINT) AS id, status, CAST(amount AS DECIMAL(38, 9)) AS amount, paid,
            CAST(CAST(createdAt AS TIMESTAMPTZ) AT TIME ZONE 'Asia/Singapore' AS TIMESTAMP) AS created_at,
            TRY_CAST(shippedOn AS DATE) AS shipped_on, customer.id AS customer_id, customer.name AS customer_name,
            customer.address.city AS city, customer.address.zip AS zip, weight, tags, note
            """;

    static final String TYPES = """
            {id: 'BIGINT', status: 'VARCHAR', amount: 'DECIMAL(38, 9)', paid: 'BOOLEAN', createdAt: 'VARCHAR',
             shippedOn: 'VARCHAR',
             customer: 'STRUCT(id VARCHAR, name VARCHAR, address STRUCT(city VARCHAR, zip VARCHAR))',
             weight: 'DOUBLE', tags: 'JSON', note: 'VARCHAR'}
            """;

    /** {@link #SCHEMA} of CSV. */
    static final String CSV_SCHEMA = SCHEMA.replace("customer.id", "customerId")
            .replace("customer.name", "customerName")
            .replace("customer.address.", "");

    /** {@link #SCHEMA} of Parquet that has the columns of {@link #SELECTED}. */
    static final String PARQUET_SCHEMA = SCHEMA.replaceAll(", (from|timezone): [A-Za-z./]+", "");

    private static final String CSV_HEADER =
            "id,status,amount,paid,createdAt,shippedOn,customerId,customerName,city,zip,weight,tags,note";

    /** {@link #SELECTED} of CSV. */
    static final String CSV_SELECTED = SELECTED.replace("customer.id", "customerId")
            .replace("customer.name", "customerName")
            .replace("customer.address.", "");

    static final String CSV_TYPES = """
            {id: 'BIGINT', status: 'VARCHAR', amount: 'DECIMAL(38, 9)', paid: 'BOOLEAN', createdAt: 'VARCHAR',
             shippedOn: 'VARCHAR', customerId: 'VARCHAR', customerName: 'VARCHAR', city: 'VARCHAR', zip: 'VARCHAR',
             weight: 'DOUBLE', tags: 'JSON', note: 'VARCHAR'}
            """;

    private static final String[] STATUS = {"new", "paid", "shipped", "delivered", "returned"};
    private static final String[] CITY = {"Lisbon", "Kyoto", "Gdańsk", "Oaxaca", "Tromsø", "Cape Town"};
    private static final String[] WORD = {"amber", "birch", "cobalt", "delta", "ember", "fjord", "grove", "harbour"};
    private static final int BAD = 10_000;

    private Records() {}

    /** @param number from 0 */
    static String json(long number) {
        SplittableRandom random = new SplittableRandom(number);
        String word = WORD[random.nextInt(WORD.length)];
        boolean bad = number % BAD == BAD / 2;
        return String.format(
                Locale.ROOT,
                "{\"id\":%d,\"status\":\"%s\",\"amount\":%d.%09d,\"paid\":%b,"
                        + "\"createdAt\":\"2026-%02d-%02dT%02d:%02d:%02d.%03d+02:00\",\"shippedOn\":\"2026-%02d-%02d\","
                        + "\"customer\":{\"id\":\"c-%08d\",\"name\":\"%s %s\",\"address\":{\"city\":\"%s\",\"zip\":\"%05d\"}},"
                        + "\"weight\":%d.%03d,\"tags\":[\"%s\",\"%s\"],\"note\":\"%s %s, %s\"}",
                number,
                STATUS[random.nextInt(STATUS.length)],
                random.nextInt(100_000),
                random.nextInt(1_000_000_000),
                random.nextBoolean(),
                1 + random.nextInt(12),
                1 + random.nextInt(28),
                random.nextInt(24),
                random.nextInt(60),
                random.nextInt(60),
                random.nextInt(1_000),
                1 + random.nextInt(12),
                bad ? 32 : 1 + random.nextInt(28),
                random.nextInt(100_000_000),
                word,
                WORD[random.nextInt(WORD.length)],
                CITY[random.nextInt(CITY.length)],
                random.nextInt(100_000),
                random.nextInt(50),
                random.nextInt(1_000),
                word,
                WORD[random.nextInt(WORD.length)],
                word,
                WORD[random.nextInt(WORD.length)],
                WORD[random.nextInt(WORD.length)]);
    }

    /** Writes them a line each. */
    static void write(Path file, long count) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            for (long number = 0; number < count; number++) {
                out.write(json(number).getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
        }
    }

    /** Writes them as CSV: two fields of each are quoted, and one has quotes in it. */
    static void writeCsv(Path file, long count) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            out.write((CSV_HEADER + "\n").getBytes(StandardCharsets.UTF_8));
            for (long number = 0; number < count; number++) {
                out.write(csv(json(number)).getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
        }
    }

    /** The values of a record, in their order; there are no brackets, colons and quotes in its texts. */
    private static String csv(String json) {
        int tags = json.indexOf(",\"tags\":");
        int note = json.indexOf(",\"note\":");
        String before = json.substring(0, tags)
                .replaceAll("\"customer\":|\"address\":", "")
                .replaceAll("\"[a-zA-Z]+\":", "")
                .replaceAll("[{}\"]", "");
        return before + ",\"" + json.substring(tags + 8, note).replace("\"", "\"\"") + "\","
                + json.substring(note + 8, json.length() - 1);
    }

    /** A page as an API would answer it. */
    static byte[] page(long first, int count, long total) {
        StringBuilder page = new StringBuilder(count * 300).append("{\"orders\":[");
        for (int i = 0; i < count; i++) {
            page.append(i == 0 ? "" : ",").append(json(first + i));
        }
        return page.append("],\"total\":").append(total).append('}').toString().getBytes(StandardCharsets.UTF_8);
    }
}
