package dev.millrace.standalone;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.task.Query;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration in processes of its own, as {@code ./millrace demo --all --json} starts it: the whole way, for real. */
class DemoTest {
    @TempDir
    private static Path folder;

    private static String somewhere = "";
    private static String elsewhere = "";
    private static Demo.Document document = new Demo.Document(List.of(), List.of(), List.of(), List.of());

    @BeforeAll
    static void run() throws Exception {
        somewhere = demo("UTC", "en", "US");
        elsewhere = demo("America/New_York", "tr", "TR");
        document = requireNonNull(ObjectMapper.getDefault().readValue(somewhere, Argument.of(Demo.Document.class)));
    }

    @Test
    void everyRecordIsLoadedOrRejected() {
        assertThat(document.loaded())
                .containsExactlyInAnyOrder(
                        new Demo.Loaded("school.students", "succeeded", 5000L, 4994L, 6L, 0L),
                        new Demo.Loaded("school.school_terms", "succeeded", 18L, 18L, 0L, 0L),
                        new Demo.Loaded("school.year_groups", "succeeded", 7L, 7L, 0L, 0L),
                        new Demo.Loaded("school.year_group_division", "succeeded", null, 7L, null, null),
                        new Demo.Loaded("hiring.departments", "succeeded", 12L, 12L, 0L, 0L),
                        new Demo.Loaded("hiring.jobs", "succeeded", 183L, 183L, 0L, 0L),
                        new Demo.Loaded("hiring.hired_employees", "succeeded", 1999L, 1929L, 70L, 0L),
                        new Demo.Loaded("shop.customers", "succeeded", 400L, 400L, 0L, 0L),
                        new Demo.Loaded("shop.orders", "succeeded", 5000L, 4998L, 2L, 0L),
                        new Demo.Loaded("shop.order_lines", "succeeded", 12000L, 12000L, 0L, 0L),
                        new Demo.Loaded("statistics.weekly_deaths", "succeeded", 4961L, 4961L, 0L, 0L),
                        new Demo.Loaded("statistics/weekly_deaths", "succeeded", null, 4961L, null, null));
        assertThat(folder.resolve("en/demo/published/statistics/weekly_deaths/latest.parquet"))
                .isNotEmptyFile();
        for (Demo.Loaded loaded : document.loaded()) {
            if (loaded.table().contains("/")) {
                continue; // an export
            }
            assertThat(table(loaded.table()).rows())
                    .hasSize(requireNonNull(loaded.loaded()).intValue());
        }
    }

    @Test
    void rejectsAreCountedByColumn() {
        assertThat(document.rejected())
                .extracting(group -> group.table() + " " + group.column() + " " + group.count())
                .containsExactlyInAnyOrder(
                        "school.students id 2",
                        "school.students dateOfBirth 4",
                        "hiring.hired_employees name 19",
                        "hiring.hired_employees datetime 14",
                        "hiring.hired_employees department_id 21",
                        "hiring.hired_employees job_id 16",
                        "shop.orders total 2");
    }

    @Test
    void hiresAreExactlyTheCompleteLinesOfTheFile() throws IOException {
        List<List<String>> complete =
                Files.readAllLines(Terminal.ROOT.resolve("pipelines/hiring/data/hired_employees.csv")).stream()
                        .map(line -> List.of(line.split(",", -1)))
                        .filter(fields -> !fields.contains(""))
                        .toList();

        assertThat(table("hiring.hired_employees").rows()).isEqualTo(complete);
    }

    @Test
    void admissionsAreShownAsTheSchoolsClockShowedThem() {
        Query.Result students = table("school.students");
        int admission = students.columns().indexOf(new Query.Field("admissionDate", "DATETIME"));

        assertThat(students.rows())
                .filteredOn(row -> row.get(admission) == null)
                .hasSize(3);
        // 13:15 in UTC
        assertThat(students.rows().getFirst().get(admission)).isEqualTo("2021-08-10T21:15:00");
    }

    @Test
    void theModelMapsYearGroupsToDivisions() {
        assertThat(table("school.year_group_division").rows())
                .contains(List.of("7", "Year 7", "Lower Secondary"), List.of("13", "Year 13", "Sixth Form"));
    }

    @Test
    void theTotalsOfTheWorkbooksAreThoseOfTheTable() {
        Query.Result totals = document.queries().getLast().result();
        assertThat(totals.columns())
                .extracting(Query.Field::name)
                .containsExactly("year", "weeks", "by_age", "by_sex", "total");
        assertThat(totals.rows())
                .extracting(row -> row.get(0) + " " + row.get(1))
                .containsExactly("2012 52", "2016 52", "2020 23");
        assertThat(totals.rows()).allSatisfy(row -> {
            assertThat(row.get(2)).isEqualTo(row.get(4)).isEqualTo(row.get(3));
        });
    }

    @Test
    void neitherTimeZoneNorLocaleChangesACell() {
        assertThat(elsewhere).isEqualTo(somewhere);
    }

    private static Query.Result table(String name) {
        return document.tables().stream()
                .filter(table -> table.table().equals(name))
                .findFirst()
                .orElseThrow()
                .content();
    }

    private static String demo(String zone, String language, String country) throws Exception {
        List<String> options =
                List.of("-Duser.timezone=" + zone, "-Duser.language=" + language, "-Duser.country=" + country);
        Path log = folder.resolve(language + ".log");
        ProcessBuilder builder = OwnProcess.call(folder, options, "demo", "--all", "--json");
        builder.environment().put("MILLRACE_HOME", folder.resolve(language).toString());
        builder.redirectError(log.toFile());
        Process process = builder.start();
        String document = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        return document;
    }
}
