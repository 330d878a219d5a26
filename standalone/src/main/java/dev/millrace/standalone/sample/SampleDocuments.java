package dev.millrace.standalone.sample;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * The documents that the stand-in for an event API hands out: the same of each type and day each time. A document is
 * the one of its type in the resources, with an id, a moment and amounts of its own.
 */
final class SampleDocuments {
    static final List<String> TYPES =
            List.of("balance_transaction", "charge", "customer", "dispute", "event", "refund");

    private static final long SEED = 20_260_131;
    private static final int MOST_IN_A_DAY = 400;
    private static final int SECONDS_IN_A_DAY = 86_400;

    /** More digits than a double has; whoever hands the documents on unchanged keeps them all. */
    private static final BigDecimal EXACT = new BigDecimal("0.1000000000000000055511151231257827");

    private final Map<String, Map<String, Object>> samples =
            TYPES.stream().collect(Collectors.toMap(type -> type, SampleDocuments::read));

    private static Map<String, Object> read(String type) {
        String file = type + ".json";
        try (InputStream in = SampleDocuments.class.getResourceAsStream(file)) {
            return Objects.requireNonNull(ObjectMapper.getDefault()
                    .readValue(Objects.requireNonNull(in, file), Argument.mapOf(String.class, Object.class)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of some days there are none. */
    static int count(String type, LocalDate day) {
        return Math.max(0, random(type, day, 0).nextInt(-MOST_IN_A_DAY / 10, MOST_IN_A_DAY));
    }

    /**
     * The documents that follow one of them, in their order.
     *
     * @param after id of the last document that is left out; null: from the first on
     * @throws IllegalArgumentException when the day has no document of that id
     */
    List<Map<String, Object>> page(String type, LocalDate day, @Nullable String after, int limit) {
        int count = count(type, day);
        int from = after == null ? 0 : number(type, day, after);
        if (from > count) {
            throw new IllegalArgumentException("starting_after: no " + type + " of " + day + " has the id " + after);
        }
        List<Map<String, Object>> page = new ArrayList<>();
        for (int number = from + 1; number <= Math.min(count, from + limit); number++) {
            page.add(document(type, day, number, count));
        }
        return page;
    }

    /**
     * The documents of some days that follow one of them, in their order.
     *
     * @param since the second since 1970 of the first that may be among them
     * @param until likewise of the last
     * @param after id of the last document that is left out; null: none is
     * @throws IllegalArgumentException when there is no document of that id
     */
    List<Map<String, Object>> page(
            String type, List<LocalDate> days, long since, long until, @Nullable String after, int limit) {
        List<Map<String, Object>> all = days.stream()
                .flatMap(day -> page(type, day, null, MOST_IN_A_DAY).stream())
                .filter(document ->
                        document.get("created") instanceof Long created && created >= since && created <= until)
                .toList();
        List<Object> ids = all.stream().map(document -> document.get("id")).toList();
        if (after != null && !ids.contains(after)) {
            throw new IllegalArgumentException(
                    "starting_after: no " + type + " since " + since + " has the id " + after);
        }
        return all.stream().skip(ids.indexOf(after) + 1L).limit(limit).toList();
    }

    private static int number(String type, LocalDate day, String id) {
        String prefix = prefix(type, day);
        String digits = id.startsWith(prefix) ? id.substring(prefix.length()) : "";
        return digits.matches("[0-9]{5}") ? Integer.parseInt(digits) : Integer.MAX_VALUE;
    }

    /** A sample id looks like none that a payment service hands out. */
    private static String prefix(String type, LocalDate day) {
        return "sample_" + type + "_" + day.format(DateTimeFormatter.BASIC_ISO_DATE) + "_";
    }

    private Map<String, Object> document(String type, LocalDate day, int number, int count) {
        SplittableRandom random = random(type, day, number);
        Map<String, Object> document = new LinkedHashMap<>(Objects.requireNonNull(samples.get(type)));
        document.put("id", prefix(type, day) + "%05d".formatted(number));
        document.put(
                "created",
                day.atStartOfDay().toEpochSecond(ZoneOffset.UTC) + (long) number * SECONDS_IN_A_DAY / (count + 1));
        document.computeIfPresent("metadata", (_, _) -> Map.of("exact", EXACT, "number", number));
        int amount = random.nextInt(50, 500_000);
        document.computeIfPresent("amount", (_, _) -> amount);
        if (type.equals("balance_transaction")) {
            int fee = amount * 29 / 1000 + 30;
            document.put("fee", fee);
            document.put("net", amount - fee);
        }
        return document;
    }

    private static SplittableRandom random(String type, LocalDate day, int number) {
        return new SplittableRandom(SEED + (TYPES.indexOf(type) * 100_000L + day.toEpochDay()) * 100_000 + number);
    }
}
