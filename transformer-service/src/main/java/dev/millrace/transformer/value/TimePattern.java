package dev.millrace.transformer.value;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The pattern in which dates and times are written in a column: in ISO 8601 or in a format of BigQuery's elements. A
 * text matches as a whole or not at all. Immutable, for use by several threads.
 */
sealed interface TimePattern {
    /** Null when the text is not written like this, or names a date that doesn't exist. */
    @Nullable
    TimeParts match(String text);

    /** What a text can say. */
    enum Part {
        YEAR,
        MONTH,
        DAY,
        DAY_OF_YEAR,
        DAY_OF_WEEK,
        WEEK_YEAR,
        WEEK,
        HOUR,
        HALF_DAY_HOUR,
        HALF_DAY,
        MINUTE,
        SECOND,
        ZONE,
        EPOCH
    }

    /** ISO 8601 as RFC 3339 has it; seconds may be missing, and a space may stand for the T. */
    enum Iso implements TimePattern {
        DATE,
        TIME,
        DATE_TIME,
        /** With an offset at its end. */
        MOMENT;

        @Override
        public @Nullable TimeParts match(String text) {
            TimeScanner scanner = new TimeScanner(text);
            boolean matches = switch (this) {
                case DATE -> date(scanner);
                case TIME -> time(scanner);
                case DATE_TIME -> date(scanner) && between(scanner) && time(scanner);
                case MOMENT -> date(scanner) && between(scanner) && time(scanner) && scanner.offset();
            };
            return matches ? scanner.end() : null;
        }

        private static boolean date(TimeScanner scanner) {
            return scanner.year() && scanner.literal('-') && scanner.month(2) && scanner.literal('-') && scanner.day(2);
        }

        private static boolean between(TimeScanner scanner) {
            return scanner.literal('T') || scanner.literal(' ') || scanner.literal('t');
        }

        private static boolean time(TimeScanner scanner) {
            return scanner.hour(2)
                    && scanner.literal(':')
                    && scanner.minute(2)
                    && (!scanner.literal(':') || (scanner.second(2) && scanner.fraction()));
        }
    }

    /** @param elements in order */
    record Format(String source, List<Element> elements, Set<Part> parts) implements TimePattern {
        /** @throws IllegalArgumentException when the elements contradict each other; says how */
        public static Format of(String source) {
            List<Element> elements = new ArrayList<>();
            Set<Part> parts = EnumSet.noneOf(Part.class);
            int at = 0;
            while (at < source.length()) {
                char c = source.charAt(at);
                if (c == '%') {
                    int length = source.startsWith("%Ez", at) ? 3 : source.startsWith("%E", at) ? 4 : 2;
                    int end = Math.min(source.length(), at + length);
                    String element = source.substring(at, end);
                    elements.add(element(element, parts));
                    at = end;
                } else {
                    elements.add(scanner -> scanner.literal(c));
                    at++;
                }
            }
            return new Format(source, List.copyOf(elements), parts);
        }

        private static Element element(String element, Set<Part> parts) {
            return switch (element) {
                case "%Y", "%E4Y" -> once(parts, element, TimeScanner::year, Part.YEAR);
                case "%y" -> once(parts, element, TimeScanner::yearOfCentury, Part.YEAR);
                case "%m" -> once(parts, element, scanner -> scanner.month(1), Part.MONTH);
                case "%b", "%B", "%h" -> once(parts, element, TimeScanner::monthName, Part.MONTH);
                case "%d" -> once(parts, element, scanner -> scanner.day(1), Part.DAY);
                case "%e" -> once(parts, element, TimeScanner::paddedDay, Part.DAY);
                case "%j" -> once(parts, element, TimeScanner::dayOfYear, Part.DAY_OF_YEAR);
                case "%a", "%A" -> once(parts, element, TimeScanner::dayName, Part.DAY_OF_WEEK);
                case "%u" -> once(parts, element, TimeScanner::dayOfWeek, Part.DAY_OF_WEEK);
                case "%w" -> once(parts, element, TimeScanner::dayOfWeekFromSunday, Part.DAY_OF_WEEK);
                case "%G" -> once(parts, element, TimeScanner::weekYear, Part.WEEK_YEAR);
                case "%V" -> once(parts, element, TimeScanner::week, Part.WEEK);
                case "%H" -> once(parts, element, scanner -> scanner.hour(1), Part.HOUR);
                case "%k" -> once(parts, element, TimeScanner::paddedHour, Part.HOUR);
                case "%I" -> once(parts, element, TimeScanner::hourOfHalfDay, Part.HALF_DAY_HOUR);
                case "%l" -> once(parts, element, TimeScanner::paddedHourOfHalfDay, Part.HALF_DAY_HOUR);
                case "%p", "%P" -> once(parts, element, TimeScanner::halfDay, Part.HALF_DAY);
                case "%M" -> once(parts, element, scanner -> scanner.minute(1), Part.MINUTE);
                case "%S" -> once(parts, element, scanner -> scanner.second(1), Part.SECOND);
                case "%F" -> once(parts, element, Iso::date, Part.YEAR, Part.MONTH, Part.DAY);
                case "%D", "%x" -> once(parts, element, Format::american, Part.YEAR, Part.MONTH, Part.DAY);
                case "%c" ->
                    once(
                            parts,
                            element,
                            Format::whole,
                            Part.DAY_OF_WEEK,
                            Part.MONTH,
                            Part.DAY,
                            Part.HOUR,
                            Part.MINUTE,
                            Part.SECOND,
                            Part.YEAR);
                case "%R" -> once(parts, element, Format::minutes, Part.HOUR, Part.MINUTE);
                case "%T", "%X" -> once(parts, element, Format::seconds, Part.HOUR, Part.MINUTE, Part.SECOND);
                case "%z", "%Ez" -> once(parts, element, TimeScanner::offset, Part.ZONE);
                case "%Z" -> once(parts, element, TimeScanner::zone, Part.ZONE);
                case "%s" -> once(parts, element, TimeScanner::epoch, Part.EPOCH);
                case "%n" -> scanner -> scanner.literal('\n');
                case "%t" -> scanner -> scanner.literal('\t');
                case "%%" -> scanner -> scanner.literal('%');
                default -> {
                    if (!element.matches("%E[*1-9]S")) {
                        throw new IllegalArgumentException("there is no " + element);
                    }
                    yield once(parts, element, scanner -> scanner.second(1) && scanner.fraction(), Part.SECOND);
                }
            };
        }

        private static boolean american(TimeScanner scanner) {
            return scanner.month(2)
                    && scanner.literal('/')
                    && scanner.day(2)
                    && scanner.literal('/')
                    && scanner.yearOfCentury();
        }

        private static boolean whole(TimeScanner scanner) {
            return scanner.dayName()
                    && scanner.literal(' ')
                    && scanner.monthName()
                    && scanner.literal(' ')
                    && scanner.paddedDay()
                    && scanner.literal(' ')
                    && seconds(scanner)
                    && scanner.literal(' ')
                    && scanner.year();
        }

        private static boolean minutes(TimeScanner scanner) {
            return scanner.hour(2) && scanner.literal(':') && scanner.minute(2);
        }

        private static boolean seconds(TimeScanner scanner) {
            return minutes(scanner) && scanner.literal(':') && scanner.second(2);
        }

        private static Element once(Set<Part> parts, String element, Element reads, Part... given) {
            for (Part part : given) {
                if (!parts.add(part)) {
                    throw new IllegalArgumentException(element + " gives a part that is given already");
                }
            }
            return reads;
        }

        @Override
        public @Nullable TimeParts match(String text) {
            TimeScanner scanner = new TimeScanner(text);
            for (Element element : elements) {
                if (!element.read(scanner)) {
                    return null;
                }
            }
            return scanner.end();
        }
    }

    /** Reads on, or answers that the text is another. */
    @FunctionalInterface
    interface Element {
        boolean read(TimeScanner scanner);
    }
}
