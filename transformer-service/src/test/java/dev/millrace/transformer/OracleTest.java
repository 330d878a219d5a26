package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.column;
import static dev.millrace.transformer.Columns.decimal;
import static dev.millrace.transformer.Columns.formatted;
import static dev.millrace.transformer.Columns.numeric;
import static dev.millrace.transformer.Columns.time;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ten thousand values of each type, good, bad and nearly good, through the service; what BigDecimal and java.time make
 * of the same text is right.
 */
class OracleTest {
    private static final int VALUES = System.getProperty("thorough") == null ? 10_000 : 100_000;
    private static final String REJECTED = "!";
    private static final String JSON_NUMBER = "-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?";
    private static final String DECIMAL = "[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?";
    private static final String MICROS = "epoch_us(v)";
    private static final String DATE_TIME_MICROS = "epoch_us(CAST(v AS TIMESTAMP))";
    private static final String TIME_MICROS = "epoch_us(CAST(v AS TIME))";

    @TempDir
    static Path folder;

    private static TransformerUnderTest transformer;

    private final Random random = new Random(20260131);

    @BeforeAll
    static void start() throws Exception {
        transformer = TransformerUnderTest.start(folder);
    }

    @AfterAll
    static void stop() {
        transformer.close();
    }

    @Test
    void everyIntegerIsExactOrRejected() throws Exception {
        compare(column("v", Column.Type.INTEGER), "v", this::number, text -> {
            return text.matches(DECIMAL) ? new BigDecimal(text).longValueExact() : null;
        });
    }

    @Test
    void everyNumericIsExactOrRejected() throws Exception {
        compare(column("v", Column.Type.NUMERIC), "v", this::number, text -> exact(text, 38, 9));
        compare(numeric("v", 10, 2), "v", this::number, text -> exact(text, 10, 2));
        compare(numeric("v", 18, 0), "v", this::number, text -> exact(text, 18, 0));
    }

    private static @Nullable Object exact(String text, int precision, int scale) {
        if (!text.matches(DECIMAL)) {
            return null;
        }
        BigDecimal value = new BigDecimal(text).setScale(scale, RoundingMode.UNNECESSARY);
        return value.precision() <= precision ? value.setScale(9) : null;
    }

    @Test
    void everyBigNumericIsExactOrRejected() throws Exception {
        BigInteger limit = BigInteger.TWO.pow(255);
        compare(column("v", Column.Type.BIGNUMERIC), "v", this::bigNumber, text -> {
            BigInteger unscaled = text.matches(DECIMAL)
                    ? new BigDecimal(text)
                            .setScale(38, RoundingMode.UNNECESSARY)
                            .unscaledValue()
                    : limit;
            boolean fits = unscaled.compareTo(limit) < 0 && unscaled.compareTo(limit.negate()) >= 0;
            return fits ? new BigDecimal(unscaled, 38).stripTrailingZeros().toPlainString() : null;
        });
        compare(decimal("v", Column.Type.BIGNUMERIC, 50, 20), "v", this::bigNumber, text -> {
            if (!text.matches(DECIMAL)) {
                return null;
            }
            BigDecimal value = new BigDecimal(text).setScale(20, RoundingMode.UNNECESSARY);
            return value.precision() <= 50 ? value.stripTrailingZeros().toPlainString() : null;
        });
    }

    private String bigNumber() {
        return switch (random.nextInt(4)) {
            case 0 ->
                new BigDecimal(new BigInteger(random.nextInt(240, 258), random), random.nextInt(36, 40))
                        .toPlainString();
            case 1 ->
                new BigDecimal(BigInteger.TWO.pow(255).add(BigInteger.valueOf(random.nextInt(-2, 3))), 38)
                        .multiply(BigDecimal.valueOf(random.nextBoolean() ? 1 : -1))
                        .toString();
            default -> number();
        };
    }

    @Test
    void everyBase64IsItsBytesOrRejected() throws Exception {
        String whole = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?";
        compare(
                column("v", Column.Type.BYTES),
                "base64(v)",
                () -> {
                    byte[] bytes = new byte[random.nextInt(40)];
                    random.nextBytes(bytes);
                    return mutated(Base64.getEncoder().encodeToString(bytes));
                },
                text -> text.matches(whole) ? text : null);
    }

    @Test
    void everyIntervalIsItsMonthsDaysAndTimeOrRejected() throws Exception {
        compare(column("v", Column.Type.INTERVAL), "v", this::interval, text -> {
            int time = text.indexOf('T');
            if (text.contains(",")
                    || text.contains(".S")
                    || text.startsWith("+-")
                    || text.startsWith("--")
                    || text.startsWith("-+")) {
                return null;
            }
            String sign = text.startsWith("-") ? "-" : "";
            String days = time < 0 ? text : text.substring(0, time);
            Period period = days.endsWith("P") ? Period.ZERO : Period.parse(days);
            Duration duration = time < 0 ? Duration.ZERO : Duration.parse(sign + "P" + text.substring(time));
            if (days.endsWith("P") && (time < 0 || !days.matches("[+-]?P"))) {
                return null;
            }
            BigDecimal seconds = new BigDecimal(duration.getSeconds())
                    .add(new BigDecimal(BigInteger.valueOf(duration.getNano()), 9))
                    .setScale(6, RoundingMode.UNNECESSARY);
            long months = period.toTotalMonths();
            if (Math.abs(months) > 120_000
                    || Math.abs(period.get(ChronoUnit.DAYS)) > 3_660_000
                    || seconds.abs().compareTo(new BigDecimal(87_840_000L * 3_600)) > 0) {
                return null;
            }
            BigDecimal[] minutes = seconds.abs().divideAndRemainder(new BigDecimal(60));
            String rest = minutes[1].signum() == 0
                    ? "0"
                    : minutes[1].stripTrailingZeros().toPlainString();
            return (months < 0 ? "-" : "") + Math.abs(months) / 12 + "-" + Math.abs(months) % 12 + " "
                    + period.get(ChronoUnit.DAYS) + " " + (seconds.signum() < 0 ? "-" : "")
                    + minutes[0].longValueExact() / 60
                    + ":" + minutes[0].longValueExact() % 60 + ":" + rest;
        });
    }

    private String interval() {
        StringBuilder text = new StringBuilder(random.nextInt(4) == 0 ? "-P" : "P");
        for (String unit : List.of("Y", "M", "W", "D")) {
            text.append(random.nextInt(3) == 0 ? amount(unit.equals("Y") ? 11_000 : 100_000) + unit : "");
        }
        StringBuilder time = new StringBuilder();
        for (String unit : List.of("H", "M")) {
            time.append(random.nextInt(3) == 0 ? amount(90_000_000) + unit : "");
        }
        if (random.nextInt(3) == 0) {
            time.append(amount(100))
                    .append(random.nextBoolean() ? "." + random.nextInt(1, 1_000_000) : "")
                    .append("S");
        }
        return mutated(text + (time.isEmpty() ? "" : "T" + time));
    }

    private String amount(int limit) {
        return (random.nextInt(5) == 0 ? "-" : "") + random.nextInt(random.nextBoolean() ? 10 : limit);
    }

    @Test
    void everyPointIsOnTheGlobeOrRejected() throws Exception {
        String number = " ?(" + JSON_NUMBER.replace("(", "(?:") + ") ?";
        Pattern point = Pattern.compile(
                " ?\\{ ?\"type\" ?: ?\"Point\" ?, ?\"coordinates\" ?: ?\\[" + number + "," + number + "\\] ?\\} ?");
        compare(
                column("v", Column.Type.GEOGRAPHY),
                "v",
                () -> mutated("{\"type\":\"Point\",\"coordinates\":[" + degrees(190) + "," + degrees(95) + "]}"),
                text -> {
                    Matcher parts = point.matcher(text);
                    return parts.matches() && within(parts.group(1), 180) && within(parts.group(2), 90) ? text : null;
                });
    }

    private String degrees(int limit) {
        return new BigDecimal(random.nextInt(-limit * 1_000, limit * 1_000 + 1))
                .movePointLeft(3)
                .stripTrailingZeros()
                .toPlainString();
    }

    private static boolean within(String number, int limit) {
        return new BigDecimal(number).abs().compareTo(new BigDecimal(limit)) <= 0;
    }

    @Test
    void everyFloatIsTheNearestDoubleOrRejected() throws Exception {
        compare(column("v", Column.Type.FLOAT), "v", this::number, text -> {
            if (!text.matches(DECIMAL)) {
                return null;
            }
            BigDecimal exact = new BigDecimal(text);
            double value = exact.doubleValue();
            if (Double.isInfinite(value) || (value == 0 && exact.signum() != 0)) {
                return null;
            }
            return value == 0 && text.startsWith("-") ? -0.0 : value;
        });
    }

    @Test
    void everyBooleanIsTrueOrFalseOrRejected() throws Exception {
        List<String> words = List.of("true", "false", "TRUE", "False", "yes", "1", "t", "", "fal\u017fe", "trUe");
        compare(
                column("v", Column.Type.BOOLEAN),
                "v",
                () -> mutated(words.get(random.nextInt(words.size()))),
                text -> text.matches("(?i)true") ? Boolean.TRUE : text.matches("(?i)false") ? false : null);
    }

    @Test
    void everyTextIsTheSameText() throws Exception {
        compare(
                column("v", Column.Type.STRING),
                "v",
                () -> {
                    StringBuilder text = new StringBuilder("text ");
                    int length = random.nextInt(40);
                    for (int i = 0; i < length; i++) {
                        int c = random.nextInt(random.nextBoolean() ? 0x80 : 0x11_0000);
                        text.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
                    }
                    return text.toString();
                },
                text -> text);
    }

    @Test
    void everyDateIsThatDateOrRejected() throws Exception {
        compare(column("v", Column.Type.DATE), "(v - DATE '1970-01-01')", () -> mutated(date()), text -> {
            return text.length() == 10 ? day(LocalDate.parse(text)) : null;
        });
        compare(
                formatted("v", Column.Type.DATE, "%m/%d/%Y", "%d/%m/%Y"),
                "(v - DATE '1970-01-01')",
                this::slashes,
                text -> {
                    if (!text.matches("[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}")) {
                        return null;
                    }
                    try {
                        return day(LocalDate.parse(text, strict("M/d/uuuu")));
                    } catch (DateTimeException e) {
                        return day(LocalDate.parse(text, strict("d/M/uuuu")));
                    }
                });
    }

    private String slashes() {
        String text = String.format(
                Locale.ROOT,
                random.nextBoolean() ? "%02d/%02d/%04d" : "%d/%d/%d",
                random.nextInt(1, 32),
                random.nextInt(1, 32),
                random.nextInt(900, 2100));
        return mutated(text);
    }

    private static @Nullable Object day(LocalDate date) {
        return date.getYear() < 1 || date.getYear() > 9999 ? null : date.toEpochDay();
    }

    @Test
    void everyTimeIsThatTimeOrRejected() throws Exception {
        compare(column("v", Column.Type.TIME), TIME_MICROS, () -> mutated(clock()), text -> {
            long nanos = LocalTime.parse(text).toNanoOfDay();
            return nanos % 1000 == 0 ? nanos / 1000 : null;
        });
    }

    @Test
    void everyDateTimeIsThatWallClockOrRejected() throws Exception {
        compare(column("v", Column.Type.DATETIME), DATE_TIME_MICROS, this::dateTime, text -> micros(local(text)));
        compare(
                formatted("v", Column.Type.DATETIME, "%e-%b-%Y %I:%M %p"),
                DATE_TIME_MICROS,
                () -> mutated(LocalDate.ofEpochDay(random.nextInt(30_000))
                        .atTime(random.nextInt(24), random.nextInt(60))
                        .format(strict("d-MMM-uuuu hh:mm a"))),
                text -> {
                    if (!text.matches("([0-9]{1,2}| [0-9])-[^-]{3,9}-[0-9]{4} [0-9]{1,2}:[0-9]{1,2} ..")) {
                        return null;
                    }
                    try {
                        return micros(LocalDateTime.parse(text.trim(), strict("d-MMM-uuuu h:m a")));
                    } catch (DateTimeException e) { // %b takes whole names, too
                        return micros(LocalDateTime.parse(text.trim(), strict("d-MMMM-uuuu h:m a")));
                    }
                });
    }

    @Test
    void everyTimestampIsThatMomentOrRejected() throws Exception {
        for (String zone : List.of("UTC", "America/New_York", "Europe/Berlin", "Asia/Singapore", "Africa/Monrovia")) {
            compare(
                    time("v", Column.Type.TIMESTAMP, null, zone),
                    MICROS,
                    this::moment,
                    text -> micros(moment(text, ZoneId.of(zone))));
        }
    }

    @Test
    void everyMomentIsTheWallClockOfItsZoneOrRejected() throws Exception {
        for (String zone : List.of("America/New_York", "Europe/Berlin", "Asia/Singapore", "Africa/Monrovia")) {
            ZoneId wall = ZoneId.of(zone);
            compare(
                    time("v", Column.Type.DATETIME, zone, "Europe/Berlin"),
                    DATE_TIME_MICROS,
                    this::moment,
                    text -> micros(moment(text, ZoneId.of("Europe/Berlin"))
                            .atZoneSameInstant(wall)
                            .toLocalDateTime()));
            compare(
                    time("v", Column.Type.DATE, zone, "UTC"),
                    "(v - DATE '1970-01-01')",
                    this::moment,
                    text -> day(finest(moment(text, ZoneOffset.UTC)
                                    .atZoneSameInstant(wall)
                                    .toLocalDateTime())
                            .toLocalDate()));
            compare(time("v", Column.Type.TIME, zone, "UTC"), TIME_MICROS, this::moment, text -> {
                LocalDateTime clock =
                        moment(text, ZoneOffset.UTC).atZoneSameInstant(wall).toLocalDateTime();
                return micros(clock) == null ? null : clock.toLocalTime().toNanoOfDay() / 1000;
            });
        }
    }

    /** Fails where a text names no moment. */
    private static OffsetDateTime moment(String text, ZoneId source) {
        String iso = text.replaceFirst("^(.{10}) ", "$1T");
        DateTimeFormatter formatter = new DateTimeFormatterBuilder()
                .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
                .optionalStart()
                .parseCaseInsensitive()
                .appendOffset(iso.matches(".*[+-][0-9]{4}") ? "+HHmm" : "+HH:mm", "Z")
                .optionalEnd()
                .toFormatter(Locale.ROOT)
                .withResolverStyle(ResolverStyle.STRICT);
        var parsed = formatter.parseBest(iso, OffsetDateTime::from, LocalDateTime::from);
        if (parsed instanceof OffsetDateTime moment) {
            return moment;
        }
        LocalDateTime clock = LocalDateTime.from(parsed);
        ZonedDateTime moment = ZonedDateTime.ofLocal(clock, source, null);
        if (!moment.toLocalDateTime().equals(clock)
                || !moment.withEarlierOffsetAtOverlap().equals(moment.withLaterOffsetAtOverlap())) {
            throw new DateTimeException("gap or overlap");
        }
        return moment.toInstant().atOffset(ZoneOffset.UTC);
    }

    private static LocalDateTime local(String text) {
        return LocalDateTime.parse(text.replaceFirst("^(.{10}) ", "$1T"));
    }

    private static LocalDateTime finest(LocalDateTime time) {
        if (!time.truncatedTo(ChronoUnit.MICROS).equals(time)) {
            throw new DateTimeException("finer than microseconds");
        }
        return time;
    }

    private static @Nullable Object micros(LocalDateTime time) {
        return time.getYear() < 1 || time.getYear() > 9999
                ? null
                : ChronoUnit.MICROS.between(LocalDateTime.of(1970, 1, 1, 0, 0), finest(time));
    }

    private static @Nullable Object micros(OffsetDateTime moment) {
        return micros(moment.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime());
    }

    private static DateTimeFormatter strict(String pattern) {
        return new DateTimeFormatterBuilder()
                .parseCaseInsensitive()
                .appendPattern(pattern)
                .toFormatter(Locale.US)
                .withResolverStyle(ResolverStyle.STRICT);
    }

    private String number() {
        String digits = Long.toUnsignedString(random.nextLong() >>> random.nextInt(64));
        String fraction = random.nextInt(4) == 0
                ? "0".repeat(random.nextInt(1, 5))
                : Long.toUnsignedString(random.nextLong() >>> random.nextInt(1, 64));
        String text = switch (random.nextInt(9)) {
            case 0, 1 -> digits;
            case 2 -> "-" + digits;
            case 3 -> digits + "." + fraction;
            case 4 -> "-" + digits + "." + fraction + "e" + random.nextInt(-20, 20);
            case 5 -> digits + "E" + random.nextInt(-400, 400);
            case 6 -> digits + digits + "." + fraction + fraction;
            case 7 ->
                new BigDecimal(Long.MAX_VALUE)
                        .add(new BigDecimal(random.nextInt(-2, 3)))
                        .toPlainString();
            default ->
                new BigDecimal(Long.MIN_VALUE)
                        .add(new BigDecimal(random.nextInt(-2, 3)))
                        .toPlainString();
        };
        String sent = random.nextInt(5) == 0 ? mutated(text) : text;
        return sent.matches(".*[eE][+-]?[0-9]{5,}.*") ? text : sent; // more than BigDecimal can take
    }

    private String date() {
        int year = random.nextInt(4) == 0 ? random.nextInt(0, 10_000) : random.nextInt(1880, 2060);
        return String.format(Locale.ROOT, "%04d-%02d-%02d", year, random.nextInt(1, 13), random.nextInt(1, 32));
    }

    private String clock() {
        String minutes = String.format(Locale.ROOT, "%02d:%02d", random.nextInt(0, 24), random.nextInt(0, 60));
        return switch (random.nextInt(6)) {
            case 0 -> minutes;
            case 1 -> minutes + ":60";
            case 2 -> minutes + ":59." + random.nextInt(1_000_000_000);
            case 3 -> minutes + ":01." + String.format(Locale.ROOT, "%06d000", random.nextInt(1_000_000));
            default -> minutes + String.format(Locale.ROOT, ":%02d", random.nextInt(0, 60));
        };
    }

    private String dateTime() {
        return mutated(date() + (random.nextInt(3) == 0 ? " " : "T") + clock());
    }

    private String moment() {
        String offset = switch (random.nextInt(6)) {
            case 0 -> "Z";
            case 1 -> String.format(Locale.ROOT, "+%02d:%02d", random.nextInt(0, 20), random.nextInt(0, 60));
            case 2 -> String.format(Locale.ROOT, "-%02d%02d", random.nextInt(0, 20), random.nextInt(0, 62));
            default -> "";
        };
        if (random.nextInt(3) == 0) { // nights in which clocks may change
            LocalDate sunday = LocalDate.of(random.nextInt(1950, 2060), random.nextBoolean() ? 3 : 11, 1)
                    .plusDays(random.nextInt(31));
            return sunday + "T0" + random.nextInt(0, 4) + ":30:00" + offset;
        }
        String text = date() + "T" + clock() + offset;
        return random.nextInt(4) == 0 ? mutated(text) : text;
    }

    /** The text itself, or with one character more, less or another. */
    private String mutated(String text) {
        if (random.nextInt(3) > 0) {
            return text;
        }
        String alphabet = "0123456789+-.eE: TZz/,x\u0661\u00a0";
        String some = String.valueOf(alphabet.charAt(random.nextInt(alphabet.length())));
        int at = random.nextInt(text.length() + 1);
        int end = Math.min(text.length(), at + random.nextInt(2));
        return text.substring(0, at) + (random.nextInt(3) == 0 ? "" : some) + text.substring(end);
    }

    /** @param oracle null, or a {@link RuntimeException} of arithmetics or time, where the text is no value */
    private void compare(
            Column column,
            String select,
            java.util.function.Supplier<String> generator,
            Function<String, @Nullable Object> oracle)
            throws Exception {
        List<String> sent = new ArrayList<>();
        List<Object> expected = new ArrayList<>();
        int good = 0;
        for (int i = 0; i < VALUES; i++) {
            String text = generator.get();
            sent.add(text.matches(JSON_NUMBER) && random.nextBoolean() ? text : quoted(text));
            Object value = answer(oracle, text);
            expected.add(value);
            good += value.equals(REJECTED) ? 0 : 1;
        }
        List<Object> cells = transformer.cells(column, select, sent);
        for (int i = 0; i < VALUES; i++) {
            Object cell = cells.get(i);
            boolean rejected =
                    column.type() != Column.Type.STRING && cell instanceof String text && text.startsWith(REJECTED);
            assertThat(rejected ? REJECTED : cell)
                    .as("%s of %s in row %s", column, sent.get(i), i + 1)
                    .isEqualTo(expected.get(i));
        }
        assertThat(good).as("good values of %s", column).isGreaterThan(VALUES / 10);
    }

    private static Object answer(Function<String, @Nullable Object> oracle, String text) {
        try {
            // java.time takes a point without digits for a fraction
            Object value = text.matches(".*:[0-9]{2}\\.([^0-9].*)?") ? null : oracle.apply(text);
            return value == null ? REJECTED : value;
        } catch (ArithmeticException | DateTimeException e) {
            return REJECTED;
        }
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < 0x20) {
                json.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
    }
}
