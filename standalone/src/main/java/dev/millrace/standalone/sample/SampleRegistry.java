package dev.millrace.standalone.sample;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** The data of the school's stand-in: the same generated students, terms and year groups each time. */
final class SampleRegistry {
    static final int STUDENTS = 5_000;

    /** Records that a school's registry should not hold, and yet they do. */
    static final Set<Integer> WITHOUT_ID = Set.of(701, 3902);

    static final Set<Integer> IMPOSSIBLE_BIRTH = Set.of(88, 1203, 2750, 4444);
    static final Set<Integer> UNRECORDED_ADMISSION = Set.of(17, 2048, 4900);

    private static final long SEED = 20_260_101;
    private static final int FIRST_YEAR_GROUP = 7;
    private static final int LAST_YEAR_GROUP = 13;
    private static final List<String> HOUSES = List.of("North", "East", "South", "West");
    private static final List<String> LANGUAGES = List.of("English", "French", "Malay", "Mandarin", "Tamil");

    private SampleRegistry() {}

    /** Those from {@code offset} on, {@code limit} at most; none when there are no more. */
    static List<Map<String, Object>> students(long offset, int limit) {
        List<Map<String, Object>> page = new ArrayList<>();
        for (long number = offset + 1; number <= Math.min(offset + limit, STUDENTS); number++) {
            page.add(student((int) number));
        }
        return page;
    }

    private static Map<String, Object> student(int number) {
        SplittableRandom random = new SplittableRandom(SEED + number);
        int yearGroup = random.nextInt(FIRST_YEAR_GROUP, LAST_YEAR_GROUP + 1);
        LocalDate birth = LocalDate.of(2026 - 5 - yearGroup, 1, 1).plusDays(random.nextInt(365));
        // many admissions are late in the day in UTC, which is the next day in Singapore
        LocalDateTime admission =
                LocalDateTime.of(2019, 1, 1, 0, 0).plusMinutes(random.nextInt(7 * 365 * 24 * 4) * 15L);
        Map<String, Object> student = new LinkedHashMap<>();
        if (!WITHOUT_ID.contains(number)) {
            student.put("id", number);
        }
        student.put("schoolCode", "S%05d".formatted(number));
        student.put("name", "Student " + number);
        student.put("dateOfBirth", IMPOSSIBLE_BIRTH.contains(number) ? "2010-02-31" : birth.toString());
        student.put("yearGroup", yearGroup);
        Map<String, Object> boarding = new LinkedHashMap<>();
        boarding.put("house", HOUSES.get(random.nextInt(HOUSES.size())));
        boarding.put("isBoarder", random.nextInt(4) == 0);
        student.put("boarding", boarding);
        Map<String, Object> admitted = new LinkedHashMap<>();
        admitted.put("date", UNRECORDED_ADMISSION.contains(number) ? "not recorded" : utc(admission));
        admitted.put("fee", BigDecimal.valueOf(random.nextInt(100_000, 500_000), 2));
        student.put("admission", admitted);
        student.put("languages", languages(random));
        student.put("updatedAt", utc(LocalDateTime.of(2025, 9, 1, 0, 0).plusSeconds(random.nextInt(10_000_000))));
        return student;
    }

    private static List<String> languages(SplittableRandom random) {
        int first = random.nextInt(LANGUAGES.size());
        return random.nextBoolean()
                ? List.of(LANGUAGES.get(first))
                : List.of(LANGUAGES.get(first), LANGUAGES.get((first + 1) % LANGUAGES.size()));
    }

    static List<Map<String, Object>> terms() {
        List<Map<String, Object>> terms = new ArrayList<>();
        for (int year = 2021; year <= 2026; year++) {
            addTerm(terms, "Autumn", year, LocalDate.of(year, 8, 20), LocalDate.of(year, 12, 12));
            addTerm(terms, "Spring", year, LocalDate.of(year + 1, 1, 8), LocalDate.of(year + 1, 3, 28));
            addTerm(terms, "Summer", year, LocalDate.of(year + 1, 4, 15), LocalDate.of(year + 1, 6, 27));
        }
        return terms;
    }

    private static void addTerm(
            List<Map<String, Object>> terms, String name, int schoolYear, LocalDate start, LocalDate finish) {
        Map<String, Object> term = new LinkedHashMap<>();
        term.put("id", terms.size() + 1);
        term.put("finishDate", utc(finish.atTime(8, 0)));
        term.put("name", name + " " + schoolYear);
        term.put("schoolYear", schoolYear);
        term.put("startDate", utc(start.minusDays(1).atTime(16, 0)));
        terms.add(term);
    }

    static List<Map<String, Object>> yearGroups() {
        List<Map<String, Object>> groups = new ArrayList<>();
        for (int year = FIRST_YEAR_GROUP; year <= LAST_YEAR_GROUP; year++) {
            Map<String, Object> group = new LinkedHashMap<>();
            group.put("id", year);
            group.put("code", "Y%02d".formatted(year));
            group.put("name", "Year " + year);
            group.put("nationalCurriculumYear", year);
            groups.add(group);
        }
        return groups;
    }

    /** ISO 8601 with seconds even where they are zero. */
    private static String utc(LocalDateTime time) {
        return time.toInstant(ZoneOffset.UTC).toString();
    }
}
