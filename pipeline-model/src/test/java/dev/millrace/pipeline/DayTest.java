package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem.FieldError;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a day begins and ends, and when a source has all of it. */
class DayTest {
    private static final String FILE = """
            version: 1
            name: logs
            source: {type: rest, baseUrl: "https://logs.example.com"}
            endpoints:
              events:
                request: {path: "/events", query: {day: "${day}"}}
                day: %s
                destination: {table: logs.events, write: replace}
                schema: [{name: at, type: %s}]
            """;
    private static final String HOURS = "{column: at, window: hour, timezone: Europe/Berlin}";

    private static PipelineReader.Result read(String day, String type) {
        return PipelineReader.read("logs.yaml", FILE.formatted(day, type));
    }

    private static Endpoint.Day day(String day) {
        Pipeline pipeline = ((PipelineReader.Result.Valid) read(day, "DATETIME")).pipeline();
        return Objects.requireNonNull(
                Objects.requireNonNull(pipeline.endpoints().get("events")).day());
    }

    @ParameterizedTest
    @CsvSource({
        "'{column: at}', 2026-03-29, 2026-03-30T00:00:00Z",
        "'{column: at, timezone: Europe/Berlin}', 2026-03-28, 2026-03-28T23:00:00Z",
        "'{column: at, timezone: Europe/Berlin}', 2026-03-29, 2026-03-29T22:00:00Z",
        "'{column: at, timezone: Europe/Berlin, settle: 2h}', 2026-10-25, 2026-10-26T01:00:00Z",
        "'{column: at, window: week}', 2026-W53, 2027-01-04T00:00:00Z",
        "'{column: at, window: month, timezone: Europe/Berlin}', 2026-10, 2026-10-31T23:00:00Z",
    })
    void aDayIsCompleteWhenItIsOverInItsZoneAndHasSettled(String day, String date, Instant complete) {
        assertThat(day(day).complete(RunWindow.parse(date))).isEqualTo(complete);
    }

    @Test
    void todayIsThatOfTheZone() {
        Instant now = Instant.parse("2026-03-29T22:30:00Z");
        assertThat(day("{column: at}").of(now)).hasToString("2026-03-29");
        assertThat(day("{column: at, timezone: Europe/Berlin}").of(now)).hasToString("2026-03-30");
        assertThat(day("{column: at}"))
                .isEqualTo(new Endpoint.Day(
                        "at", RunWindow.Unit.DAY, ZoneId.of("UTC"), Duration.ZERO, Endpoint.Day.Loads.CURRENT));
    }

    @ParameterizedTest
    @CsvSource({
        "'{column: at, loads: current}', 2026-11-30T06:00:00Z, 2026-11-30",
        "'{column: at, loads: complete}', 2026-11-30T06:00:00Z, 2026-11-29",
        "'{column: at, loads: complete}', 2026-11-30T00:00:00Z, 2026-11-29",
        "'{column: at, loads: complete, settle: 6h}', 2026-11-30T06:00:00Z, 2026-11-29",
        "'{column: at, loads: complete, settle: 6h}', 2026-11-30T05:59:59Z, 2026-11-28",
        "'{column: at, loads: complete, window: month}', 2026-03-31T06:00:00Z, 2026-02",
        "'{column: at, loads: complete, window: week}', 2027-01-04T06:00:00Z, 2026-W53",
        "'{column: at, loads: complete, timezone: Europe/Berlin}', 2026-03-29T22:30:00Z, 2026-03-29",
        "'{column: at, loads: complete, window: hour, timezone: Europe/Berlin}', 2026-03-29T01:00:00Z, 2026-03-29T01",
        "'{column: at, loads: complete, window: hour, timezone: Europe/Berlin}', 2026-10-25T01:59:59Z, 2026-10-25T01",
        "'{column: at, loads: complete, window: hour, timezone: Europe/Berlin}', 2026-10-25T02:00:00Z, 2026-10-25T02",
    })
    void aRunThatIsToldNoDayLoadsTheCurrentOneOrTheLastCompleteOne(String day, Instant now, String loaded) {
        RunWindow window = day(day).of(now);
        assertThat(window).hasToString(loaded);
        assertThat(day(day).complete(window).isAfter(now)).isEqualTo(day.contains("current"));
    }

    @Test
    void theDayOfATimestampIsThatOfUtc() {
        assertThat(read("{column: at, timezone: Etc/UTC}", "TIMESTAMP"))
                .isInstanceOf(PipelineReader.Result.Valid.class);
        List<FieldError> errors =
                ((PipelineReader.Result.Invalid) read("{column: at, timezone: Europe/Berlin}", "TIMESTAMP")).errors();
        assertThat(errors)
                .singleElement()
                .satisfies(error -> assertThat(error.line() + " " + error.field() + ": " + error.expected())
                        .isEqualTo(
                                "7 endpoints.events.day.timezone: UTC beside a TIMESTAMP, whose day is that of UTC; or"
                                        + " a column of type DATE or DATETIME that holds the day of the zone"));
    }

    private static List<String> between(String day, String first, String last) {
        return day(day)
                .between(RunWindow.parse(first), RunWindow.parse(last), Instant.parse("2026-11-30T10:30:00Z"))
                .stream()
                .map(RunWindow::toString)
                .toList();
    }

    @Test
    void aRangeIsOfTheWindowsThatHoldItAndHaveBegun() {
        assertThat(between("{column: at}", "2026-W48", "2026-11-24")).containsExactly("2026-11-23", "2026-11-24");
        assertThat(between("{column: at, window: week}", "2026-11-29", "2026-11-30"))
                .containsExactly("2026-W48", "2026-W49");
        assertThat(between("{column: at, window: month}", "2026-09-30", "2026-11-30"))
                .containsExactly("2026-09", "2026-10", "2026-11");
        assertThat(between("{column: at, window: hour}", "2026-11-30", "2026-11-30"))
                .hasSize(11)
                .startsWith("2026-11-30T00")
                .endsWith("2026-11-30T10");
    }

    @Test
    void anHourThatClocksShowTwiceIsOneAndOneThatTheyLeaveOutIsNone() {
        assertThat(between(HOURS, "2026-03-29T01", "2026-03-29T03")).containsExactly("2026-03-29T01", "2026-03-29T03");
        assertThat(between(HOURS, "2026-10-25", "2026-10-25")).hasSize(24);
        assertThat(day(HOURS).of(Instant.parse("2026-10-25T00:30:00Z"))).hasToString("2026-10-25T02");
        assertThat(day(HOURS).of(Instant.parse("2026-10-25T01:30:00Z"))).hasToString("2026-10-25T02");
        assertThat(day(HOURS).complete(RunWindow.parse("2026-10-25T02"))).isEqualTo("2026-10-25T02:00:00Z");
        assertThat(day(HOURS).lacking(RunWindow.parse("2026-03-29T02")))
                .isEqualTo("one that the clocks of Europe/Berlin don't leave out");
        assertThat(day(HOURS).lacking(RunWindow.parse("2026-03-29"))).isEqualTo("an hour such as 2026-01-31T13");
    }

    @Test
    void aDateHasNoHourAndTheDayAfterIsNotTheEndOfAMonth() {
        assertThat(((PipelineReader.Result.Invalid) read("{column: at, window: hour}", "DATE")).errors())
                .singleElement()
                .satisfies(error -> assertThat(error.field() + ": " + error.expected())
                        .isEqualTo("endpoints.events.day.window: day, week or month: a DATE has no hour"));
        String later = FILE.replace("${day}", "${day+1}").formatted("{column: at, window: month}", "DATE");
        assertThat(((PipelineReader.Result.Invalid) PipelineReader.read("logs.yaml", later)).errors())
                .singleElement()
                .satisfies(error -> assertThat(error.field() + ": " + error.expected())
                        .startsWith("endpoints.events.request: ${day.end} beside a window"));
    }
}
