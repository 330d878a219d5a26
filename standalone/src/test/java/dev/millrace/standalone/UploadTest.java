package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R2.1 to R2.4: a CSV file is sent, its good rows are loaded, and its bad ones come back with all that is wrong. */
class UploadTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        millrace = new MillraceUnderTest(folder);
        millrace.pipeline("staff", """
                version: 1
                name: staff
                source: {type: files, folder: %s}
                endpoints:
                  people:
                    files: {pattern: "people.csv", format: {type: csv, header: false}}
                    destination: {table: staff.hired, write: replace}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: name, type: STRING, mode: REQUIRED}
                      - {name: since, type: TIMESTAMP, mode: REQUIRED}
                  jobs:
                    files: {pattern: "jobs.csv", format: {type: csv}}
                    destination: {table: staff.hired_jobs, write: merge, keys: [id]}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: job, type: STRING}
                  posts:
                    files: {pattern: "posts.csv", format: {type: csv}}
                    destination:
                      table: staff.posts
                      write: append
                      checks: [{type: foreign-key, columns: [job], references: staff.hired_jobs, keys: [id]}]
                    schema:
                      - {name: job, type: INTEGER}
                  wishes:
                    files: {pattern: "wishes.csv", format: {type: csv}}
                    destination:
                      table: staff.wishes
                      write: append
                      checks: [{type: foreign-key, columns: [job], references: staff.hired_jobs, keys: [id], severity: warn}]
                    schema:
                      - {name: job, type: INTEGER}
                  bids:
                    files: {pattern: "bids.csv", format: {type: csv}}
                    destination:
                      table: staff.bids
                      write: append
                      checks: [{type: foreign-key, columns: [job], references: staff.hired_jobs, keys: [id], severity: reject}]
                    schema:
                      - {name: job, type: INTEGER}
                      - {name: name, type: STRING, mode: REQUIRED}
                  days:
                    files: {pattern: "days.csv", format: {type: csv}}
                    day: {column: day}
                    destination: {table: staff.days, write: replace}
                    schema:
                      - {name: day, type: DATE}
                models:
                  counted:
                    after: [people]
                    destination: {table: staff.counted, write: replace}
                    sql: SELECT count(*) AS n FROM staff.hired
                """.formatted(folder.resolve("data")));
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private MillraceUnderTest.Called upload(String name, String text, String... options) throws Exception {
        String[] call = Stream.concat(Stream.of("upload", file(name, text).toString()), Stream.of(options))
                .toArray(String[]::new);
        return millrace.call(call);
    }

    private static final String MIXED = """
            1,Ana,2021-01-01T00:00:00Z
            x,,2021-13-01T00:00:00Z
            3,Ben
            4,"C ""q"",
            d",2021-01-02T00:00:00Z
            5,,2021-01-02T00:00:00Z
            """;

    @Test
    void goodRowsAreLoadedAndOfEachOtherRowAllThatIsWrongIsSaid() throws Exception {
        MillraceUnderTest.Called called = upload("hired_20221130.csv", MIXED, "--json");

        assertThat(called.exitCode()).as(called.err()).isOne();
        assertThat(called.out())
                .contains(
                        "\"file\":\"hired_20221130.csv\",\"type\":\"hired\",\"table\":\"staff.hired\"",
                        "\"columns\":[\"id\",\"name\",\"since\"],\"rows\":5,\"result\":\"PARTIAL\",\"nrows_inserted\":2",
                        "{\"line\":2,\"record\":2,\"row\":{\"id\":\"x\",\"name\":null,\"since\":\"2021-13-01T00:00:00Z\"},"
                                + "\"errors\":[{\"column\":\"id\",\"value\":\"x\",\"code\":\"VALUE_INVALID\","
                                + "\"reason\":\"id is not a whole number\"},{\"column\":\"name\",\"value\":null,"
                                + "\"code\":\"VALUE_MISSING\",\"reason\":\"name is REQUIRED, and null\"},{\"column\":\"since\",",
                        "{\"line\":3,\"record\":3,\"row\":\"3,Ben\",\"errors\":[{\"column\":null,\"value\":null,"
                                + "\"code\":\"RECORD_MALFORMED\",\"reason\":\"2 fields where there are 3 columns\"}]}",
                        "{\"line\":6,\"record\":5,",
                        "\"nrows_failed\":3,",
                        "\"duration(s)\":");
        assertThat(millrace.query("SELECT id, name FROM staff.hired ORDER BY id")
                        .toString())
                .isEqualTo("[[1, Ana], [4, C \"q\",\nd]]");
        assertThat(called.out().indexOf("\"record\":2")).isLessThan(called.out().indexOf("\"record\":3"));

        MillraceUnderTest.Called more = upload("hired.csv", "7,Dan,2022-01-01T00:00:00Z\n");
        assertThat(more.exitCode()).as(more.err()).isZero();
        assertThat(more.out()).contains("1 row for staff.hired: 1 loaded, 0 failed");
        assertThat(millrace.query("SELECT count(*) FROM staff.hired").toString())
                .isEqualTo("[[3]]");
    }

    @Test
    void foreignKeysThatPointToNowhereAreRefusedOrWarnedOf() throws Exception {
        assertThat(upload("hired_jobs.csv", "id,job\n1,Clerk\n").exitCode()).isZero();

        MillraceUnderTest.Called refused = upload("posts.csv", "job\n1\n7\n");
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.err()).contains("foreign-key", "staff.posts");
        MillraceUnderTest.Called warned = upload("wishes.csv", "job\n1\n7\n");
        assertThat(warned.exitCode()).as(warned.err()).isZero();
        assertThat(warned.out())
                .contains("2 rows for staff.wishes: 2 loaded, 0 failed", "warning: check ", "{\"job\":7}");
        assertThat(millrace.query("SELECT count(*) FROM staff.wishes").toString())
                .isEqualTo("[[2]]");
    }

    @Test
    void rowsWhoseForeignKeysPointToNowhereFailAloneWhereTheCheckSaysSo() throws Exception {
        assertThat(upload("hired_jobs.csv", "id,job\n1,Clerk\n").exitCode()).isZero();

        MillraceUnderTest.Called called =
                upload("bids.csv", "job,name\n1,Ana\nx,Ben\n7,\"Cy\nd\"\n,Dan\n8,Eve\n", "--json");

        assertThat(called.exitCode()).as(called.err()).isOne();
        assertThat(called.out())
                .contains(
                        "\"rows\":5,\"result\":\"PARTIAL\",\"nrows_inserted\":2",
                        "{\"line\":3,\"record\":2,\"row\":{\"job\":\"x\",\"name\":\"Ben\"},",
                        "{\"line\":4,\"record\":3,\"row\":{\"job\":\"7\",\"name\":\"Cy\\nd\"},\"errors\":[{\"column\":\"job\","
                                + "\"value\":\"7\",\"code\":\"CHECK_UNMET\",\"reason\":\"job refers to no row of"
                                + " staff.hired_jobs, by its id\"}]}",
                        "{\"line\":7,\"record\":5,",
                        "\"nrows_failed\":3,");
        assertThat(millrace.query("SELECT name FROM staff.bids ORDER BY name").toString())
                .isEqualTo("[[Ana], [Dan]]");
    }

    @Test
    void aDryRunSaysTheSameAndLoadsNothing() throws Exception {
        MillraceUnderTest.Called called = upload("hired.csv", MIXED, "--dry-run");

        assertThat(called.exitCode()).isOne();
        assertThat(called.out())
                .as(called.err())
                .contains(
                        "5 rows for staff.hired: 2 could be loaded, 3 failed",
                        "row 2, line 2",
                        "  id: id is not a whole number, found 'x'",
                        "  name: name is REQUIRED, and null");
        assertThat(millrace.call("query", "SELECT * FROM staff.hired").exitCode())
                .isNotZero();
    }

    @Test
    void theLongestNameWinsAndRowsAreMergedWhereTheEndpointMerges() throws Exception {
        assertThat(upload("hired_jobs_prod.csv", "job,id\nBaker,1\nCook,2\n").exitCode())
                .isZero();
        assertThat(upload("later.txt", "id,job\n2,Chef\n", "--table=staff.hired_jobs")
                        .exitCode())
                .isZero();

        assertThat(millrace.query("SELECT id, job FROM staff.hired_jobs ORDER BY id")
                        .toString())
                .isEqualTo("[[1, Baker], [2, Chef]]");
    }

    @Test
    void aFileThatCantBeTakenIsRefusedAndNothingIsLoaded() throws Exception {
        assertThat(upload("20221120_hired.csv", "1,a,2021-01-01T00:00:00Z\n").err())
                .contains(
                        "TABLE_UNKNOWN",
                        "begins with the name of no table (expected: one of [bids, hired, hired_jobs, posts, wishes])");
        assertThat(upload("hired.txt", "1\n").err()).contains("UPLOAD_REFUSED", "ends with .csv");
        assertThat(upload("hired.csv", "").err()).contains("hired.csv is empty (expected: 1 to 1000 rows)");
        assertThat(upload("hired_jobs.csv", "id,job\n").err()).contains("hired_jobs.csv has no rows");
        assertThat(upload("hired_jobs.csv", "id,title\n1,a\n").err())
                .contains("UPLOAD_REFUSED", "line 1: the header has no column 'job'");
        assertThat(upload("days.csv", "day\n2026-01-01\n").err())
                .contains("no file can be sent for staff.days (staff/days): its endpoint loads single days");
        assertThat(upload("hired.csv", "1,a,2021-01-01T00:00:00Z\n", "--table=none")
                        .err())
                .contains("no table 'none'");
        assertThat(millrace.call("upload", folder.resolve("nowhere.csv").toString())
                        .err())
                .contains("no such file");
        Path latin = folder.resolve("hired_latin.csv");
        Files.write(latin, "1,caf\u00e9,2021-01-01T00:00:00Z\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(millrace.call("upload", latin.toString()).err())
                .contains("UPLOAD_REFUSED", "line 1: a byte sequence that is not UTF-8");
        StringBuilder many = new StringBuilder();
        IntStream.rangeClosed(1, 1_001).forEach(id -> many.append(id).append(",a,2021-01-01T00:00:00Z\n"));
        assertThat(upload("hired_many.csv", many.toString()).err())
                .contains("hired_many.csv has more than 1000 rows (expected: 1 to 1000); nothing is loaded");
        assertThat(millrace.call("query", "SELECT * FROM staff.hired").exitCode())
                .isNotZero();
    }
}
