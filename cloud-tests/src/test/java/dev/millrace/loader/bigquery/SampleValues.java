package dev.millrace.loader.bigquery;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;

/** Values as sources send them, awkward and random ones, each with what it means. */
final class SampleValues {
    private static final long LAST_DAY = LocalDate.of(9999, 12, 31).toEpochDay();
    private static final long FIRST_DAY = LocalDate.of(1, 1, 1).toEpochDay();
    private static final long DAY = 86_400_000_000L;

    private final Random random;
    private long made;

    SampleValues(long seed) {
        this.random = new Random(seed);
    }

    /**
     * A value.
     *
     * @param json null: the field is missing
     * @param means as {@link LoaderPropertyTest#tree} shows it: texts, lists, null
     */
    record Sample(@Nullable String json, @Nullable Object means) {}

    /** Values so far that are neither NULL nor made of others. */
    long made() {
        return made;
    }

    Sample of(Column column) {
        if (column.mode() == Column.Mode.NULLABLE && random.nextInt(8) == 0) {
            return new Sample(random.nextBoolean() ? "null" : null, null);
        }
        if (column.mode() != Column.Mode.REPEATED) {
            return one(column);
        }
        List<@Nullable String> json = new ArrayList<>();
        List<@Nullable Object> means = new ArrayList<>();
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            Sample element = one(column);
            json.add(element.json());
            means.add(element.means());
        }
        return new Sample("[" + String.join(",", json) + "]", means);
    }

    private Sample one(Column column) {
        if (column.type() == Column.Type.RECORD) {
            List<String> json = new ArrayList<>();
            List<@Nullable Object> means = new ArrayList<>();
            for (Column field : column.fields()) {
                Sample sample = of(field);
                if (sample.json() != null) {
                    json.add("\"" + field.name() + "\":" + sample.json());
                }
                means.add(sample.means());
            }
            return new Sample("{" + String.join(",", json) + "}", means);
        }
        made++;
        return switch (column.type()) {
            case INTEGER -> {
                long value = pick(
                        random.nextLong(), (long) random.nextInt(), 0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 53);
                yield number(BigDecimal.valueOf(value), 0);
            }
            case NUMERIC ->
                number(
                        decimal(column.precision() == null ? 38 : column.precision(), scale(column, 9)),
                        scale(column, 9));
            case BIGNUMERIC -> bigNumber(column);
            case FLOAT -> {
                double value = Double.longBitsToDouble(random.nextLong());
                double some = pick(
                        Double.isFinite(value) ? value : 0.1,
                        random.nextDouble(),
                        (double) random.nextInt(),
                        Double.MIN_VALUE,
                        Double.MAX_VALUE,
                        -0.0,
                        1e23);
                yield new Sample(maybeText(Double.toString(some)), Double.toString(some));
            }
            case BOOLEAN -> {
                String value = Boolean.toString(random.nextBoolean());
                yield new Sample(maybeText(value), value);
            }
            case STRING -> {
                String text = text();
                yield new Sample(quoted(text), text);
            }
            case BYTES -> {
                byte[] bytes = new byte[random.nextInt(20)];
                random.nextBytes(bytes);
                String text = Base64.getEncoder().encodeToString(bytes);
                yield new Sample(quoted(text), text);
            }
            case DATE -> {
                String date = day().toString();
                yield new Sample(quoted(date), date);
            }
            case TIME -> {
                LocalTime time = time();
                yield new Sample(quoted(time.toString()), time.toString());
            }
            case DATETIME -> {
                LocalDateTime at = day().atTime(time());
                yield new Sample(
                        quoted(
                                random.nextBoolean()
                                        ? at.toString()
                                        : at.toString().replace('T', ' ')),
                        at.toString());
            }
            case TIMESTAMP -> {
                Instant moment = day().atTime(time()).toInstant(ZoneOffset.UTC);
                int offset = Math.clamp(
                        random.nextInt(-1079, 1080),
                        moment.isBefore(Instant.parse("0001-01-02T00:00:00Z")) ? 0 : -1079,
                        moment.isAfter(Instant.parse("9999-12-30T23:59:59Z")) ? 0 : 1079);
                yield new Sample(
                        quoted(moment.atOffset(ZoneOffset.ofTotalSeconds(offset * 60))
                                .toString()),
                        moment.toString());
            }
            case INTERVAL -> interval();
            case JSON -> document(3);
            case GEOGRAPHY, RECORD ->
                throw new IllegalArgumentException(column.type().name());
        };
    }

    @SafeVarargs
    private <T> T pick(T... values) {
        // the first ones are random
        return random.nextInt(3) > 0 ? values[0] : values[random.nextInt(values.length)];
    }

    private static int scale(Column column, int most) {
        return column.scale() == null ? most : column.scale();
    }

    private BigDecimal decimal(int precision, int scale) {
        BigInteger most = BigInteger.TEN.pow(precision).subtract(BigInteger.ONE);
        BigInteger unscaled = pick(
                new BigInteger(random.nextInt(1, most.bitLength()), random), BigInteger.ZERO, BigInteger.ONE, most);
        return new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), scale);
    }

    private Sample bigNumber(Column column) {
        if (column.precision() != null) {
            return number(decimal(column.precision(), scale(column, 38)), scale(column, 38));
        }
        BigInteger limit = BigInteger.TWO.pow(255);
        BigInteger unscaled =
                pick(new BigInteger(random.nextInt(1, 255), random), limit.subtract(BigInteger.ONE), BigInteger.ONE);
        return number(new BigDecimal(random.nextInt(10) == 0 ? limit.negate() : unscaled, 38), 38);
    }

    /** A number in one of the forms that JSON has for it. */
    private Sample number(BigDecimal value, int scale) {
        String means = value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
        String json = switch (random.nextInt(4)) {
            case 0 -> value.setScale(scale).toPlainString();
            case 1 -> value.signum() == 0 ? "0e7" : value.stripTrailingZeros().toString();
            case 2 -> value.unscaledValue() + "E" + -value.scale();
            default -> means;
        };
        return new Sample(maybeText(json), means);
    }

    private String maybeText(String json) {
        return random.nextBoolean() ? json : quoted(json);
    }

    private static String quoted(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    private String text() {
        StringBuilder text = new StringBuilder(
                pick("", "'", "\\", "\"", ";\n", "\u0000", "`", "%", "NULL", "@_millrace_now", "\u2028", "ﬁ"));
        int length = random.nextInt(12);
        for (int i = 0; i < length; i++) {
            int point = random.nextInt(4) > 0 ? random.nextInt(0x250) : random.nextInt(0x110000);
            text.appendCodePoint(point >= 0xD800 && point < 0xE000 ? 0x1F642 : point);
        }
        return text.toString();
    }

    private LocalDate day() {
        return LocalDate.ofEpochDay(
                pick(random.nextLong(FIRST_DAY, LAST_DAY + 1), FIRST_DAY, LAST_DAY, -1L, 0L, 16_860L));
    }

    private LocalTime time() {
        long micros = pick(random.nextLong(DAY), 0L, DAY - 1, 1L, 60_000_000L, random.nextLong(86_400) * 1_000_000);
        return LocalTime.ofNanoOfDay(micros * 1_000);
    }

    private Sample interval() {
        int months = pick(random.nextInt(-120_000, 120_001), 0, 120_000, -120_000, 11, -1);
        int days = pick(random.nextInt(-3_660_000, 3_660_001), 0, 3_660_000, -3_660_000);
        long most = 87_840_000L * 3_600_000_000L;
        long micros = pick(random.nextLong(-most, most + 1), 0L, most, -most, 1L, -1L, 1_000_000L);
        Duration time = Duration.of(micros, ChronoUnit.MICROS);
        String iso =
                "P" + months + "M" + days + "D" + (time.isZero() ? "" : "T" + (micros / 1_000_000) + fraction(micros));
        Duration size = time.abs();
        String plain = (months < 0 ? "-" : "") + Math.abs(months) / 12 + "-" + Math.abs(months) % 12 + " " + days + " "
                + (micros < 0 ? "-" : "") + size.toHours() + ":" + size.toMinutesPart() + ":" + size.toSecondsPart()
                + (size.toNanosPart() == 0
                        ? ""
                        : "."
                                + String.valueOf(1_000_000 + size.toNanosPart() / 1_000)
                                        .substring(1));
        boolean sayable = micros == 0 || micros / 1_000_000 != 0; // a sign needs a digit to stand before
        return new Sample(
                quoted(sayable && random.nextBoolean() ? iso : plain), Period.of(0, months, days) + " " + time);
    }

    private static String fraction(long micros) {
        long rest = Math.abs(micros % 1_000_000);
        return (rest == 0 ? "" : "." + String.valueOf(1_000_000 + rest).substring(1)) + "S";
    }

    /** JSON of numbers that PARSE_JSON keeps as they are; which these are is {@code BigQueryJsonOracleTest}'s. */
    private Sample document(int depth) {
        String json = switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> Long.toString(pick(random.nextLong(), Long.MAX_VALUE, Long.MIN_VALUE, 0L));
            case 1 -> new BigDecimal(BigInteger.valueOf(random.nextInt(1_000_000)), random.nextInt(4)).toString();
            case 2 -> quoted(text());
            case 3 -> pick("true", "false", depth == 3 ? "0" : "null");
            case 4 ->
                "[" + document(depth - 1).json() + ", " + document(depth - 1).json() + "]";
            default ->
                "{ " + quoted("b" + text()) + ": " + document(depth - 1).json() + ", \"a\":"
                        + document(depth - 1).json() + "}";
        };
        return new Sample(json, LoaderPropertyTest.canonical(json));
    }
}
