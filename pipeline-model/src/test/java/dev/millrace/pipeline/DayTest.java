package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem.FieldError;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a day begins and ends, and when a source has all of it. */
class DayTest {
    private static PipelineReader.Result read(String day, String type) {
        return PipelineReader.read("logs.yaml", """
                version: 1
                name: logs
                source: {type: rest, baseUrl: "https://logs.example.com"}
                endpoints:
                  events:
                    request: {path: "/events", query: {day: "${day}"}}
                    day: %s
                    destination: {table: logs.events, write: replace}
                    schema: [{name: at, type: %s}]
                """.formatted(day, type));
    }

    private static Endpoint.Day day(String day) {
        Pipeline pipeline = ((PipelineReader.Result.Valid) read(day, "DATE")).pipeline();
        return Objects.requireNonNull(
                Objects.requireNonNull(pipeline.endpoints().get("events")).day());
    }

    @ParameterizedTest
    @CsvSource({
        "'{column: at}', 2026-03-29, 2026-03-30T00:00:00Z",
        "'{column: at, timezone: Europe/Berlin}', 2026-03-28, 2026-03-28T23:00:00Z",
        "'{column: at, timezone: Europe/Berlin}', 2026-03-29, 2026-03-29T22:00:00Z",
        "'{column: at, timezone: Europe/Berlin, settle: 2h}', 2026-10-25, 2026-10-26T01:00:00Z",
    })
    void aDayIsCompleteWhenItIsOverInItsZoneAndHasSettled(String day, LocalDate date, Instant complete) {
        assertThat(day(day).complete(date)).isEqualTo(complete);
    }

    @Test
    void todayIsThatOfTheZone() {
        Instant now = Instant.parse("2026-03-29T22:30:00Z");
        assertThat(day("{column: at}").of(now)).isEqualTo("2026-03-29");
        assertThat(day("{column: at, timezone: Europe/Berlin}").of(now)).isEqualTo("2026-03-30");
        assertThat(day("{column: at}")).isEqualTo(new Endpoint.Day("at", ZoneId.of("UTC"), Duration.ZERO));
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
}
