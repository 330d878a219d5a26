package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.at;
import static dev.millrace.transformer.Columns.column;
import static dev.millrace.transformer.Columns.record;
import static dev.millrace.transformer.Columns.repeated;
import static dev.millrace.transformer.Columns.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.TableNames;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.transformer.staged.Lines;
import dev.millrace.transformer.value.ColumnBuffer;
import dev.millrace.transformer.value.WarehouseJson;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Records that are nearly usual, each in several ways, are shaped with a template and without: rows, reasons, warnings
 * and what is said of fields that are there or not have to be the same.
 */
class TemplateTest {
    private static final int RECORDS = System.getProperty("thorough") == null ? 2_000 : 100_000;

    private static final int CHUNK = 500;
    private static final Capabilities ANY =
            new Capabilities("DuckDB", new TableNames(true, true, null), JsonLimits.NONE);

    /** @param values of the column as JSON has them, good ones and bad ones */
    record Case(String keys, Column column, List<String> values) {
        @Override
        public String toString() {
            return keys;
        }
    }

    /** @param usual the value that most records have */
    private static Case usually(String usual, String keys, String... others) {
        List<String> values = new ArrayList<>(List.of(usual));
        values.addAll(List.of(others));
        return new Case(keys, Columns.read(keys), values);
    }

    private static Case of(String keys, String... values) {
        return new Case(keys, Columns.read(keys), List.of(values));
    }

    private static Case of(Column column, String... values) {
        return new Case(column.mode() + " " + column.type(), column, List.of(values));
    }

    static Stream<Case> cases() {
        String[] numbers = {
            "0",
            "1",
            "-1",
            "42",
            "-0",
            "12.5",
            "0.000000001",
            "-99999999.999999999",
            "123456789012345678",
            "9223372036854775807",
            "9223372036854775808",
            "1e3",
            "1.50",
            "\"12\"",
            "\"-7.25\"",
            "\"007\"",
            "\"1e2\"",
            "01",
            "1.",
            "-",
            "0.1",
            "0.30000000000000004",
            "123456789.123456789",
            "1234567890.5",
            "1e400",
            "5e-324",
            "1e-400",
            "2.0",
            "\"\"",
            "\"1\\u0032\"",
            "\"-\"",
            "\"-0\"",
            "\"00012.50\"",
            "\" 12\"",
            "\"12 \"",
            "\"1.\"",
            "\"0.30000000000000004\"",
            "\"9223372036854775807\"",
            "\"000000000000000000042\"",
            "7.2500000000000000",
            "0.0000000010000000",
            "0.00000000010000000",
            "12.3400000001",
            "3.3000000000000003",
            "-9007199254740993",
            "9007199254740992.5",
            "9007199254740993.0",
            "0.00000000000000001",
            "99999999999999999999999999999.999999999"
        };
        String[] times = {
            "\"2026-01-31\"",
            "\"2026-02-29\"",
            "\"2024-02-29\"",
            "\"0001-01-01\"",
            "\"9999-12-31\"",
            "\"0000-01-01\"",
            "\"2026-13-01\"",
            "\"2026-01-31T08:30:00\"",
            "\"2026-01-31T08:30:00Z\"",
            "\"2026-01-31T08:30:00.123456Z\"",
            "\"2026-01-31T08:30:00.1+02:00\"",
            "\"2026-01-31T08:30:00.1234567-05:30\"",
            "\"2026-01-31 08:30:00Z\"",
            "\"2026-01-31T08:30Z\"",
            "\"2026-03-29T02:30:00\"",
            "\"2026-10-25T02:30:00\"",
            "\"2026-03-29T01:30:00Z\"",
            "\"2026-10-25T00:59:59.999999Z\"",
            "\"2026-10-25T01:00:00Z\"",
            "\"9999-12-31T23:59:59-01:00\"",
            "\"0001-01-01T00:00:00+18:00\"",
            "\"2026-01-31T24:00:00Z\"",
            "\"2026-01-31T08:30:60Z\"",
            "\"08:30:00\"",
            "\"08:30:00.5\"",
            "\"2026-01-31T08:30:00+0200\"",
            "\"2026-01-31 08:30:00\"",
            "\"2026-01-31 08:30:00.123456+00\"",
            "\"2026-01-31 08:30:00-05\"",
            "\"2026-01-31T08:30:00+18\"",
            "\"2026-01-31t08:30:00+0\"",
            "\"2026-01-31 08:30:00+05:\"",
            "\"2026-01-31 08:30:00+05:30:15\"",
            "\"2026-01-31  08:30:00\"",
            "\"2026-1-31\"",
            "1769848200",
            "\"1883-11-18T12:00:00-05:00\""
        };
        return Stream.of(
                of(
                        "type: STRING",
                        "\"a\"",
                        "\"\"",
                        "\"ä€😀\"",
                        "\"a\\n\\\"b\\u00e4\"",
                        "\"\\ud83d\\ude00\"",
                        "\"\\ud83d\"",
                        "12",
                        "true",
                        "1.0e5"),
                of("type: STRING, mode: REQUIRED", "\"a\"", "\"b\"", "\"\\t\"", "7"),
                of("type: STRING, default: none", "\"a\"", "\"b\""),
                of(
                        "type: STRING, texts: {nullMarkers: [\"-\", \"\"], trim: true}",
                        "\"a\"",
                        "\" b \"",
                        "\"-\"",
                        "\"\""),
                of("type: INTEGER", numbers),
                of("type: INTEGER, excess: round", numbers),
                of("type: INTEGER, onError: 'null'", numbers),
                of("type: INTEGER, texts: {decimal: \",\", thousands: \".\"}", "\"1.000\"", "\"1,0\"", "5", "\"x\""),
                of("type: NUMERIC", numbers),
                of("type: NUMERIC, precision: 10, scale: 2", numbers),
                of("type: NUMERIC, precision: 20, scale: 9, excess: truncate", numbers),
                of("type: BIGNUMERIC", numbers),
                of("type: FLOAT", numbers),
                of(
                        "type: BOOLEAN",
                        "true",
                        "false",
                        "\"true\"",
                        "\"false\"",
                        "\"TRUE\"",
                        "\"tru\"",
                        "\"truer\"",
                        "\"\"",
                        "\"no\"",
                        "1",
                        "tru",
                        "falsE"),
                of("type: BYTES", "\"bWlsbA==\"", "\"\"", "\"bWlsbA\"", "\"+/8=\"", "1"),
                of("type: DATE", times),
                usually("\"2026-01-31T08:30:00.123Z\"", "type: DATE, timezone: Europe/Berlin", times),
                of("type: DATE, format: ['%d.%m.%Y']", "\"31.01.2026\"", "\"2026-01-31\"", "\"29.02.2026\""),
                usually("\"08:30:00\"", "type: TIME", times),
                usually("\"2026-01-31T08:30:00.123Z\"", "type: TIME, timezone: America/New_York", times),
                usually("\"2026-01-31T08:30:00\"", "type: DATETIME", times),
                usually(
                        "\"2026-01-31T08:30:00.123Z\"",
                        "type: DATETIME, timezone: Asia/Singapore, sourceTimezone: Europe/Berlin",
                        times),
                usually(
                        "\"2026-01-31T08:30:00.123Z\"",
                        "type: DATETIME, timezone: Europe/Berlin, excess: round",
                        times),
                usually("\"2026-01-31T08:30:00.123Z\"", "type: TIMESTAMP", times),
                usually(
                        "\"2026-01-31T08:30:00.123Z\"",
                        "type: TIMESTAMP, sourceTimezone: Europe/Berlin, excess: truncate",
                        times),
                of("type: TIMESTAMP, epoch: seconds", "1769848200", "\"1769848200\"", "1.5", "-1", "1769848200000"),
                of("type: INTERVAL", "\"P1Y2M3D\"", "\"PT4H5M6.5S\"", "\"P\"", "\"-P1D\"", "1"),
                of(
                        "type: JSON",
                        "{}",
                        "[1, {\"a\":null}]",
                        "\"t\\u0041\"",
                        "1.50",
                        "true",
                        "{\"a\":1,\"a\":2}",
                        "{\"b\" : [ ] }",
                        "[1,]"),
                of(
                        "type: GEOGRAPHY",
                        "\"POINT(1 2)\"",
                        "{\"type\":\"Point\",\"coordinates\":[1,2]}",
                        "\"POINT(1\"",
                        "[1]"),
                of(
                        repeated(column("v", Column.Type.INTEGER)),
                        "[]",
                        "[1,2,3]",
                        "[1,null]",
                        "[\"4\"]",
                        "[1.5]",
                        "7",
                        "[[1]]",
                        "{}"),
                of(
                        repeated(column("v", Column.Type.STRING)),
                        "[]",
                        "[\"a\",\"\\n\"]",
                        "[\"b\", \"c\"]",
                        "[null]",
                        "\"d\""),
                of(
                        record(
                                "v",
                                required("a", Column.Type.INTEGER),
                                column("b", Column.Type.STRING),
                                repeated(column("c", Column.Type.DATE))),
                        "{\"a\":1,\"b\":\"x\",\"c\":[\"2026-01-31\"]}",
                        "{\"a\":1,\"b\":\"x\",\"c\":[]}",
                        "{\"b\":\"x\",\"a\":2,\"c\":[]}",
                        "{\"a\":1}",
                        "{\"b\":\"y\"}",
                        "{\"a\":\"z\",\"b\":1,\"c\":null}",
                        "{}",
                        "{\"a\":1,\"a\":1}",
                        "{\"a\":3,\"b\":null,\"c\":[],\"d\":{\"e\":1}}",
                        "5"),
                of(
                        repeated(record(
                                "v", column("a", Column.Type.NUMERIC), record("r", column("b", Column.Type.BOOLEAN)))),
                        "[]",
                        "[{\"a\":1.5,\"r\":{\"b\":true}}]",
                        "[{\"a\":1,\"r\":{\"b\":false}},{\"a\":2,\"r\":{\"b\":true}}]",
                        "[{\"a\":1,\"r\":null}]",
                        "[{\"r\":{},\"a\":1}]",
                        "[{\"a\":\"x\",\"r\":{\"b\":1}}]",
                        "[{\"z\":1}]",
                        "[null]",
                        "{}"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void recordsBecomeTheSameWithATemplateAsWithout(Case of) {
        List<Column> schema = List.of(
                column("a", Column.Type.STRING),
                of.column(),
                at("p", Column.Type.STRING, "o.p"),
                at("q", Column.Type.INTEGER, "o.i.q"),
                at("again", Column.Type.STRING, "a"),
                column("n", Column.Type.INTEGER));
        Random random = new Random(of.toString().hashCode());
        Shaper with = shaper(schema, true);
        Shaper without = shaper(schema, false);
        int usual = 0;
        int rows = 0;
        for (int i = 0; i < RECORDS; i += CHUNK) {
            List<byte[]> records = new ArrayList<>();
            for (int n = 0; n < CHUNK; n++) {
                records.add(nearlyUsual(random, of.values()));
            }
            Outcome expected = shape(without, records);
            Outcome found = shape(with, records);
            assertThat(found.rejects()).isEqualTo(expected.rejects());
            assertThat(found.rows()).isEqualTo(expected.rows());
            assertThat(found.warnings()).isEqualTo(expected.warnings());
            assertThat(found.drift()).isEqualTo(expected.drift());
            assertThat(found.rowBytes()).isEqualTo(expected.rowBytes());
            assertThat(expected.usual()).isZero();
            usual += found.usual();
            rows += found.rows().size();
        }
        assertThat(usual).as("of %s rows, usual ones", rows).isGreaterThan(rows / 4);
        assertThat(rows).isBetween(RECORDS / 20, RECORDS * 19 / 20);
    }

    @Test
    void recordsLikeThoseBeforeAreUsualWhateverOfTheirFieldsIsThere() {
        Shaper shaper = shaper(
                List.of(
                        column("a", Column.Type.STRING),
                        at("p", Column.Type.INTEGER, "o.p"),
                        column("z", Column.Type.JSON)),
                true);
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            List<String> members = new ArrayList<>();
            if (i % 2 == 0) {
                members.add("\"a\":\"" + i + "\"");
            }
            if (i % 3 == 0) {
                members.add(i % 5 == 0 ? "\"o\":null" : "\"o\":{\"p\":" + i + ",\"more\":[{}]}");
            }
            if (i % 7 != 0) {
                members.add("\"z\":{\"i\": " + i + "}");
            }
            records.add(("{" + String.join(",", members) + "}").getBytes(StandardCharsets.UTF_8));
        }

        Outcome outcome = shape(shaper, records);

        assertThat(outcome.rows()).hasSize(1_000);
        assertThat(outcome.usual()).isGreaterThan(950);
    }

    private static Shaper shaper(List<Column> schema, boolean templates) {
        return new Shaper(
                TransformerUnderTest.plain(schema),
                new MetadataValues.Known("run", null, Instant.EPOCH),
                new WarehouseJson(ANY),
                false,
                templates);
    }

    /** All that can be seen of what became of records. */
    private record Outcome(
            List<List<Object>> rows,
            List<Reject> rejects,
            List<String> warnings,
            Drift drift,
            long rowBytes,
            int usual) {}

    private static Outcome shape(Shaper shaper, List<byte[]> records) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int[] ends = new int[records.size()];
        for (int i = 0; i < ends.length; i++) {
            bytes.writeBytes(records.get(i));
            ends[i] = bytes.size();
            bytes.write('\n');
        }
        Lines lines = new Lines(
                new Part("part", ends.length, bytes.size(), "00000000"),
                1,
                bytes.toByteArray(),
                ends,
                ends.length,
                false);
        try {
            List<List<Object>> rows = new ArrayList<>();
            Shaped<?> shaped = shaper.shape(lines, 0, null, some -> {
                for (int row = 0; row < some.size(); row++) {
                    List<Object> values = new ArrayList<>();
                    for (ColumnBuffer column : some.columns()) {
                        values.add(comparable(column.value(row)));
                    }
                    rows.add(values);
                }
                return rows.size();
            });
            List<String> warnings = new ArrayList<>();
            shaped.changes().forEach((column, kind, sentence) -> warnings.add(column + " " + kind + " " + sentence));
            return new Outcome(
                    rows,
                    shaped.rejects(),
                    warnings,
                    shaper.drift(shaped.presence()),
                    shaped.rowBytes(),
                    shaped.usual());
        } catch (java.sql.SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static Object comparable(@Nullable Object value) {
        return switch (value) {
            case null -> "NULL";
            case byte[] bytes -> new String(bytes, StandardCharsets.ISO_8859_1);
            case List<?> values -> values.stream().map(TemplateTest::comparable).toList();
            default -> value;
        };
    }

    /** A record that is usual, but for some of them in one or two ways. */
    private static byte[] nearlyUsual(Random random, List<String> values) {
        String value = random.nextInt(3) > 0 ? values.getFirst() : values.get(random.nextInt(values.size()));
        List<String> inner = new ArrayList<>(List.of("\"i\":{\"q\":" + random.nextInt(1_000) + "}", "\"p\":\"x y\""));
        List<String> members = new ArrayList<>(List.of(
                "\"a\":\"" + random.nextInt(100) + "\"",
                "\"v\":" + value,
                "\"u\":[1,\"two\"]",
                "",
                "\"n\":" + random.nextInt()));
        int changes = random.nextInt(3) > 0 ? 0 : 1 + random.nextInt(2);
        String between = ",";
        for (int i = 0; i < changes; i++) {
            List<String> some = random.nextInt(4) == 0 ? inner : members;
            int at = random.nextInt(some.size());
            String member = some.get(at);
            int colon = member.indexOf(':');
            switch (colon < 0 ? 8 : random.nextInt(9)) {
                case 0 -> {
                    if (some.size() > 1) {
                        String _ = some.remove(at);
                    }
                }
                case 1 -> some.set(at, member.substring(0, colon + 1) + "null");
                case 2 -> some.set(at, member.substring(0, colon + 1) + retyped(random));
                case 3 -> Collections.swap(some, at, random.nextInt(some.size()));
                case 4 ->
                    some.set(at, String.format(Locale.ROOT, "\"\\u%04x", (int) member.charAt(1)) + member.substring(2));
                case 5 -> some.add(random.nextInt(some.size() + 1), member);
                case 6 -> some.set(at, "\"x" + random.nextInt(5) + member.substring(2));
                case 7 -> some.set(at, member.replace(":", random.nextBoolean() ? " : " : ":\t"));
                default -> between = random.nextBoolean() ? ", " : ",\n".trim();
            }
        }
        String object = switch (random.nextInt(20)) {
            case 0 -> "\"o\":null";
            case 1 -> "\"o\":{}";
            case 2 -> "\"o\":7";
            case 3 -> "\"o.p\":\"joined\"";
            default -> "\"o\":{" + String.join(",", inner) + "}";
        };
        int place = members.indexOf("");
        if (place >= 0) {
            members.set(place, object);
        }
        byte[] record = ("{" + String.join(between, members) + "}").getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(25) == 0) {
            record[random.nextInt(record.length)] =
                    (byte) (random.nextBoolean() ? random.nextInt(256) : "{}[],:\"\\0n ".charAt(random.nextInt(11)));
            for (int i = 0; i < record.length; i++) {
                record[i] = record[i] == '\n' ? (byte) ' ' : record[i];
            }
        }
        return record;
    }

    private static String retyped(Random random) {
        List<String> values = List.of(
                "1",
                "-2.5",
                "\"t\"",
                "true",
                "[]",
                "[1]",
                "{}",
                "{\"p\":\"deep\"}",
                "\"\\n\"",
                "nul",
                "\"2026-01-31\"");
        return values.get(random.nextInt(values.size()));
    }
}
