package dev.millrace.task;

import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.TableCheck;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;

/**
 * What a load has found of a check of its table.
 *
 * @param name the check's title
 * @param severity what it means when it isn't met
 * @param detail one sentence for people
 * @param rows that don't meet it; 0 of a check that isn't about single rows
 * @param measured numbers that later runs are compared with, by name; empty when there are none
 * @param sample the first {@link #MOST} of those rows, each the first {@link #MAX_ROW} characters of a JSON object
 */
@Serdeable
public record CheckResult(
        String name,
        TableCheck.Severity severity,
        State state,
        String detail,
        long rows,
        @Default("{}") Map<String, Double> measured,
        @Default("[]") List<String> sample) {
    /** Of a sample. */
    public static final int MOST = 5;

    public static final int MAX_ROW = 1_000;

    public CheckResult {
        detail = Texts.storable(detail);
        measured = Map.copyOf(measured);
        sample = sample.stream()
                .limit(MOST)
                .map(Texts::storable)
                .map(row -> row.length() > MAX_ROW ? row.substring(0, MAX_ROW - 1) + "…" : row)
                .toList();
    }

    /** What became of a check. */
    public enum State {
        MET,
        UNMET,
        /** There was nothing yet to compare with. */
        UNKNOWN
    }

    /** Whether it is a reason to take the load back. */
    public boolean fails() {
        return state == State.UNMET && severity == TableCheck.Severity.FAIL;
    }

    /** Whether it is something to be told, although the load is committed. */
    public boolean warns() {
        return state == State.UNMET && severity == TableCheck.Severity.WARN;
    }

    /** The same without values of rows. */
    public CheckResult withoutSample() {
        return new CheckResult(name, severity, state, detail, rows, measured, List.of());
    }

    /** For a line of a log. */
    public String line() {
        return "check " + name + ": " + detail;
    }
}
