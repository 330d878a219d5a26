package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem.FieldError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rows a merge keeps, deletes and remembers, as a file says it. */
class MergeKeysTest {
    private static PipelineReader.Result read(String destination, String more) {
        return PipelineReader.read("a.yaml", """
                version: 1
                name: a
                source: {type: files, folder: .}
                endpoints:
                  rows:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: shop.t, DESTINATION}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: at, type: TIMESTAMP}
                      - {name: gone, type: BOOLEAN}
                      - {name: price, type: FLOAT}
                      - {name: tags, type: STRING, mode: REPEATED}
                """.replace("DESTINATION", destination) + more);
    }

    private static Destination.Table table(String destination) {
        Pipeline pipeline = ((PipelineReader.Result.Valid) read(destination, "")).pipeline();
        return (Destination.Table)
                java.util.Objects.requireNonNull(pipeline.endpoints().get("rows"))
                        .destination();
    }

    private static List<FieldError> errors(String destination, String more) {
        return switch (read(destination, more)) {
            case PipelineReader.Result.Invalid(List<FieldError> errors) -> errors;
            case PipelineReader.Result.Valid valid -> throw new AssertionError("valid: " + valid.pipeline());
        };
    }

    @Test
    void whatIsNotSaidHasADefault() {
        Destination.Table table = table("write: merge, keys: [id], order: {by: at}, deletes: {by: flag, column: gone}");
        assertThat(table.order()).isEqualTo(new Destination.Order("at", Destination.Order.Keep.NEWEST));
        assertThat(table.deletes())
                .isEqualTo(new Destination.Deletes(
                        Destination.Deletes.By.FLAG, "gone", Destination.Deletes.Rows.REMOVE, null));
        assertThat(table("write: merge, keys: [id], history: {}").history())
                .isEqualTo(new Destination.History("valid_from", "valid_to", "is_current"));
        assertThat(table("write: insert-only, keys: [id]").write()).isEqualTo(Write.INSERT_ONLY);
    }

    @Test
    void theLoadMakesTheColumnsThatNoRecordHas() {
        assertThat(table("write: merge, keys: [id], deletes: {by: absence, rows: mark, mark: gone_at}")
                        .ownColumns())
                .extracting(Column::name)
                .containsExactly("gone_at");
        assertThat(table("write: merge, keys: [id], history: {from: since, to: until, current: now}")
                        .ownColumns())
                .extracting(Column::name)
                .containsExactly("since", "until", "now");
        assertThat(table("write: merge, keys: [id], order: {by: at}").ownColumns())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "write: append, order: {by: at} | destination.order | nothing: only rows with keys have an order",
                "write: replace, history: {} | destination.history | nothing: only merge has a history",
                "write: 'insert-only' | destination.keys | at least one column: merge and insert-only need keys",
                "write: insert-only, keys: [id], deletes: {by: flag, column: gone} | destination.deletes | nothing: only"
                        + " merge deletes",
                "write: merge, keys: [id], order: {by: nothing} | destination.order.by | a column of the schema",
                "write: merge, keys: [id], order: {by: price} | destination.order.by | a column that isn't REPEATED and of"
                        + " a type that has an order",
                "write: merge, keys: [id], order: {by: tags} | destination.order.by | a column that isn't REPEATED",
                "write: merge, keys: [id], order: {by: at, keep: last} | destination.order.keep | one of newest, oldest",
                "write: merge, keys: [id], order: {by: at, keep: oldest}, history: {} | destination.order.keep | newest:",
                "write: merge, keys: [id], deletes: {by: flag} | destination.deletes.column | the column of the flag",
                "write: merge, keys: [id], deletes: {by: flag, column: none} | destination.deletes.column | a column of",
                "write: merge, keys: [id], deletes: {by: flag, column: id} | destination.deletes.column | a column that is"
                        + " neither REPEATED nor a key",
                "write: merge, keys: [id], deletes: {by: absence, column: gone} | destination.deletes.column | nothing",
                "write: merge, keys: [id], deletes: {by: absence, rows: mark} | destination.deletes.mark | a name for",
                "write: merge, keys: [id], deletes: {by: absence, mark: m} | destination.deletes.mark | nothing",
                "write: merge, keys: [id], deletes: {by: absence, rows: mark, mark: AT} | destination.deletes.mark | a name"
                        + " that no column of the schema has",
                "write: merge, keys: [id], history: {to: at} | destination.history | a name that no column",
                "write: merge, keys: [id], history: {from: 1st} | destination.history | a letter or _",
                "write: merge, keys: [id], history: {from: v, to: v} | destination.history | a name that no column",
                "write: merge, keys: [id], history: {}, deletes: {by: absence, rows: mark, mark: m} |"
                        + " destination.deletes.rows | nothing: with a history",
                "write: append, checks: [{type: unique, columns: [id], severity: reject}] |"
                        + " destination.checks[0].severity | warn or fail: only a foreign-key rejects single rows",
                "write: append, checks: [{type: foreign-key, columns: [id], references: shop.T, keys: [id], severity:"
                        + " reject}] | destination.checks[0].references | another table"
            })
    void refusesWhatMakesNoSense(String destination, String field, String expected) {
        assertThat(errors(destination, "")).anySatisfy(error -> {
            assertThat(error.field()).isEqualTo("endpoints.rows." + field);
            assertThat(error.expected()).startsWith(expected);
            assertThat(error.line()).isEqualTo(7);
        });
    }

    @Test
    void deletionsByAbsenceWantACompleteExtraction() {
        String absence = "write: merge, keys: [id], deletes: {by: absence}";
        assertThat(errors(absence, "    day: {column: at}\n"))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.destination.deletes.by");
        assertThat(errors(absence, "    rejects: {maxShare: 0.5}\n"))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.rejects.maxShare");
    }

    @Test
    void aMergeOfDaysWithoutAnOrderIsWarnedOf() {
        String day = "    day: {column: at}\n";
        assertThat(warnings("write: merge, keys: [id]", day)).singleElement().satisfies(warning -> {
            assertThat(warning.field()).isEqualTo("endpoints.rows.destination.write");
            assertThat(warning.line()).isEqualTo(7);
            assertThat(warning.expected()).startsWith("an order beside a day, such as order: {by: updated_at}");
        });
        assertThat(warnings("write: merge, keys: [id], order: {by: at}", day)).isEmpty();
        assertThat(warnings("write: merge, keys: [id]", "")).isEmpty();
        assertThat(warnings("write: replace", day)).isEmpty();
        assertThat(warnings("write: insert-only, keys: [id]", day)).isEmpty();
    }

    private static List<FieldError> warnings(String destination, String more) {
        return ((PipelineReader.Result.Valid) read(destination, more)).warnings();
    }
}
