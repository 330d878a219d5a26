package dev.millrace.extractor.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * A record of a format whose values have types, as JSON in which nothing of a value is lost: numbers digit by digit, days and times in
 * ISO 8601 with all their digits, bytes in base64. For one thread; used again for each record.
 */
final class TypedJson {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");

    private static final int SECONDS_OF_DAY = 86_400;

    /** Of the years that have four digits, in days since 1970. */
    private static final long FIRST_DAY = LocalDate.of(0, 1, 1).toEpochDay();

    private static final long LAST_DAY = LocalDate.of(9999, 12, 31).toEpochDay();

    /** Of ten, those that a long can be. */
    private static final long[] POWERS =
            LongStream.iterate(1, power -> power * 10).limit(19).toArray();

    private final ObjectBytes bytes = new ObjectBytes();
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();

    /** A value that JSON can't have, or that isn't one of its type; the message says why, after the name of the column. */
    static final class Unfit extends Exception {
        Unfit(String message) {
            super(message);
        }
    }

    /** What a unit of a time is, as a part of a second. */
    enum Unit {
        SECONDS(1),
        MILLIS(1_000),
        MICROS(1_000_000),
        NANOS(1_000_000_000);

        private final long perSecond;

        Unit(long perSecond) {
            this.perSecond = perSecond;
        }

        private long nanos(long count) {
            return Math.multiplyExact(count, 1_000_000_000 / perSecond);
        }
    }

    ObjectBytes bytes() {
        return bytes;
    }

    void nothing() {
        bytes.nothing();
    }

    void truth(boolean value) {
        bytes.verbatim(value ? TRUE : FALSE);
    }

    void number(long value) {
        bytes.number(value);
    }

    void unsigned(long value) {
        if (value < 0) {
            bytes.verbatim(ascii(Long.toUnsignedString(value)));
        } else {
            bytes.number(value);
        }
    }

    void number(float value) {
        floating(Float.isFinite(value), Float.toString(value));
    }

    void number(double value) {
        floating(Double.isFinite(value), Double.toString(value));
    }

    /** The shortest text that is the same number; what is none is a text, since JSON has no NaN. */
    private void floating(boolean finite, String text) {
        if (finite) {
            bytes.verbatim(ascii(text));
        } else {
            text(text);
        }
    }

    void decimal(BigInteger unscaled, int scale) {
        if (unscaled.bitLength() < Long.SIZE) {
            decimal(unscaled.longValue(), scale);
        } else {
            bytes.verbatim(ascii(new BigDecimal(unscaled, scale).toPlainString()));
        }
    }

    void decimal(long unscaled, int scale) {
        if (scale < 0 || scale >= POWERS.length) {
            bytes.verbatim(ascii(BigDecimal.valueOf(unscaled, scale).toPlainString()));
            return;
        }
        long whole = unscaled / POWERS[scale];
        if (whole == 0 && unscaled < 0) {
            bytes.write('-');
        }
        bytes.number(whole);
        if (scale > 0) {
            bytes.write('.');
            bytes.digits(unscaled, scale);
        }
    }

    void text(String text) {
        bytes.text(text.toCharArray(), 0, text.length());
    }

    /** @throws Unfit when the bytes aren't UTF-8 */
    void text(ByteBuffer text) throws Unfit {
        if (text.hasArray() && bytes.plain(text.array(), text.arrayOffset() + text.position(), text.remaining())) {
            return;
        }
        CharBuffer characters = decoded(text);
        bytes.text(characters.array(), characters.arrayOffset(), characters.arrayOffset() + characters.length());
    }

    private CharBuffer decoded(ByteBuffer text) throws Unfit {
        try {
            return utf8.decode(text);
        } catch (CharacterCodingException e) {
            throw new Unfit("is a text that is not UTF-8");
        }
    }

    /**
     * JSON within the value, which becomes a part of the record.
     *
     * @throws Unfit when it is none
     */
    void json(ByteBuffer text) throws Unfit {
        CharBuffer characters = decoded(text);
        try (JsonParser parser = JSON.createParser(characters.array(), characters.arrayOffset(), characters.length())) {
            if (parser.nextToken() == null) {
                throw new Unfit("is an empty text (expected: JSON)");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new Unfit("has more than one value of JSON");
            }
        } catch (IOException e) {
            throw new Unfit("is not JSON");
        }
        // line ends can only stand between its tokens
        bytes.verbatim(
                characters.toString().replace('\n', ' ').replace('\r', ' ').getBytes(StandardCharsets.UTF_8));
    }

    void binary(byte[] value) {
        bytes.write('"');
        bytes.verbatim(Base64.getEncoder().encode(value));
        bytes.write('"');
    }

    /** @param days since 1970 */
    void date(long days) throws Unfit {
        if (days >= FIRST_DAY && days <= LAST_DAY) {
            bytes.write('"');
            day(days);
            bytes.write('"');
            return;
        }
        try {
            text(LocalDate.ofEpochDay(days).toString());
        } catch (DateTimeException e) {
            throw new Unfit("is a date " + days + " days from 1970, which no calendar has");
        }
    }

    /** @param count of units since midnight */
    void time(long count, Unit unit) throws Unfit {
        try {
            LocalTime time = LocalTime.ofNanoOfDay(unit.nanos(count));
            bytes.write('"');
            clock(time.toSecondOfDay(), (int) (time.toNanoOfDay() % 1_000_000_000), 1);
            bytes.write('"');
        } catch (DateTimeException | ArithmeticException e) {
            throw new Unfit("is the time " + count + " " + words(unit) + " after midnight, which no day has");
        }
    }

    /**
     * @param count of units since 1970
     * @param inUtc whether it is a point of time; otherwise it is what a clock shows somewhere
     */
    void timestamp(long count, Unit unit, boolean inUtc) throws Unfit {
        long seconds = Math.floorDiv(count, unit.perSecond);
        timestamp(seconds, unit.nanos(Math.floorMod(count, unit.perSecond)), inUtc, () -> count + " " + words(unit));
    }

    /** @param nanos of the day, of days that are counted as astronomers do */
    void julian(long day, long nanos) throws Unfit {
        long seconds = (day - 2_440_588) * 86_400 + Math.floorDiv(nanos, 1_000_000_000L);
        timestamp(seconds, Math.floorMod(nanos, 1_000_000_000L), true, () -> "Julian day " + day);
    }

    private void timestamp(long seconds, long nanos, boolean inUtc, Supplier<String> shown) throws Unfit {
        long day = Math.floorDiv(seconds, SECONDS_OF_DAY);
        if (day >= FIRST_DAY && day <= LAST_DAY) {
            bytes.write('"');
            day(day);
            bytes.write('T');
            clock(Math.floorMod(seconds, SECONDS_OF_DAY), (int) nanos, inUtc ? 3 : 1);
            if (inUtc) {
                bytes.write('Z');
            }
            bytes.write('"');
            return;
        }
        try {
            Instant at = Instant.ofEpochSecond(seconds, nanos);
            text(
                    inUtc
                            ? DateTimeFormatter.ISO_INSTANT.format(at)
                            : DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(at.atOffset(ZoneOffset.UTC)));
        } catch (DateTimeException | ArithmeticException e) {
            throw new Unfit("is the time " + shown.get() + ", which no calendar has");
        }
    }

    /** @param days since 1970, of the years 0 to 9999 */
    private void day(long days) {
        LocalDate date = LocalDate.ofEpochDay(days);
        bytes.digits(date.getYear(), 4);
        bytes.write('-');
        bytes.digits(date.getMonthValue(), 2);
        bytes.write('-');
        bytes.digits(date.getDayOfMonth(), 2);
    }

    /** @param together how many digits behind the second are left out together where they are zeros */
    private void clock(int seconds, int nanos, int together) {
        bytes.digits(seconds / 3_600, 2);
        bytes.write(':');
        bytes.digits(seconds / 60 % 60, 2);
        bytes.write(':');
        bytes.digits(seconds % 60, 2);
        if (nanos > 0) {
            long unit = POWERS[together];
            int count = 9;
            long left = nanos;
            while (left % unit == 0) {
                left /= unit;
                count -= together;
            }
            bytes.write('.');
            bytes.digits(left, count);
        }
    }

    /** @param parts months, days and milliseconds, each of 4 bytes, the lowest first */
    void interval(byte[] parts) {
        ByteBuffer three = ByteBuffer.wrap(parts).order(ByteOrder.LITTLE_ENDIAN);
        long months = Integer.toUnsignedLong(three.getInt());
        long days = Integer.toUnsignedLong(three.getInt());
        long millis = Integer.toUnsignedLong(three.getInt());
        interval(months, days, BigDecimal.valueOf(millis, 3));
    }

    /** @param seconds whose digits stay */
    void interval(long months, long days, BigDecimal seconds) {
        text("P" + months + "M" + days + "DT" + seconds.toPlainString() + "S");
    }

    /** A time that something takes. */
    void duration(long count, Unit unit) {
        int digits = Long.toString(unit.perSecond).length() - 1;
        text("PT" + BigDecimal.valueOf(count, digits).toPlainString() + "S");
    }

    private static String words(Unit unit) {
        return switch (unit) {
            case SECONDS -> "seconds";
            case MILLIS -> "milliseconds";
            case MICROS -> "microseconds";
            case NANOS -> "nanoseconds";
        };
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
