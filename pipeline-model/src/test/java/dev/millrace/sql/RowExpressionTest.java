package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an expression of a user may be. */
class RowExpressionTest {
    private static final Scope SCOPE = new Scope(
            Map.of(
                    "id", "BIGINT",
                    "Price", "DECIMAL(38, 9)",
                    "ratio", "DOUBLE",
                    "name", "VARCHAR",
                    "paid", "BOOLEAN",
                    "born", "DATE",
                    "arrived", "TIMESTAMP WITH TIME ZONE",
                    "seen", "TIMESTAMP"),
            Map.of("lines", "a column that isn't REPEATED"));

    private static InvalidExpression refused(String sql) {
        return catchThrowableOfType(InvalidExpression.class, () -> RowExpression.of(sql, SCOPE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "id + 1 ; BIGINT",
                "price * 1.19 ; DECIMAL(38,11)",
                "round(price * 1.19, 2) ; DECIMAL(38,2)",
                "id / 2 ; DOUBLE",
                "id // 2 ; BIGINT",
                "upper(name) || '-' || id ; VARCHAR",
                "CASE WHEN paid THEN 'yes' ELSE 'no' END ; VARCHAR",
                "CASE id WHEN 1 THEN 2 END ; INTEGER",
                "id IN (1, 2) AND name NOT LIKE 'x%' OR NOT ratio BETWEEN 1 AND 2 ; BOOLEAN",
                "name ILIKE 'a' ESCAPE 'b' OR name SIMILAR TO 'c' OR name ~ 'd' OR name GLOB 'e*' ; BOOLEAN",
                "coalesce(id, 0) + ifnull(id, 1) - -id ; BIGINT",
                "nullif(name, '') IS NOT NULL ; BOOLEAN",
                "if(id > 1, born, DATE '2026-01-31') ; DATE",
                "born + INTERVAL 1 MONTH ; TIMESTAMP",
                "CAST(arrived AS DATE) ; DATE",
                "arrived AT TIME ZONE 'Asia/Singapore' ; TIMESTAMP",
                "extract(year FROM seen) ; BIGINT",
                "date_trunc('month', seen) ; TIMESTAMP",
                "TRY_CAST(name AS DECIMAL(10, 2)) ; DECIMAL(10,2)",
                "TRY(CAST(name AS INTEGER)) ; INTEGER",
                "strptime(name, '%d/%m/%Y') ; TIMESTAMP",
                "lpad(name, 8, '0') ; VARCHAR",
                "position('a' IN trim(BOTH 'x' FROM name)) ; BIGINT",
                "substring(name FROM 1 FOR 2) ; VARCHAR",
                "\"name\" IS DISTINCT FROM NAME ; BOOLEAN",
                "sha256(name) -- of a person ; VARCHAR",
                "1 /* one */ ; INTEGER",
            })
    void oneScalarExpressionOverTheColumnsIsBound(String sql, String type) throws Exception {
        assertThat(RowExpression.of(sql, SCOPE).type()).isEqualTo(type);
    }

    @Test
    void itsColumnsAreKnownByTheirDeclaredNames() throws Exception {
        assertThat(RowExpression.of("PRICE * id + \"price\"", SCOPE).columns())
                .containsExactlyInAnyOrder("Price", "id");
        assertThat(RowExpression.of("1 + 1", SCOPE).columns()).isEmpty();
    }

    /** None of it may ever be bound where there is something to reach. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "read_text('/etc/passwd')",
                "(SELECT content FROM read_text('/etc/passwd'))",
                "ATTACH 'x'",
                "ATTACH 'x' AS y",
                "COPY t TO 'x'",
                "1; DROP TABLE x",
                "1); DROP TABLE x; SELECT (1",
                "1) FROM read_text('/etc/passwd') --",
                "1) UNION ALL SELECT (2",
                "1), (2",
                "1) AS x, (2",
                "1) WHERE (true",
                "1) ORDER BY (1",
                "1) LIMIT (1",
                "1) GROUP BY (1",
                "1) USING SAMPLE (1",
                "1) QUALIFY (true",
                "1) FROM range(3",
                "id, name",
                "",
                " ",
                "-- nothing",
                "/* open",
                "'open",
                "(SELECT 1)",
                "SELECT 1",
                "EXISTS (SELECT 1)",
                "id IN (SELECT 1)",
                "id = ANY (SELECT 1)",
                "ARRAY(SELECT 1)",
                "(FROM duckdb_settings())",
                "(TABLE x)",
                "(VALUES (1))",
                "sum(id)",
                "count(*)",
                "SUM(id) FILTER (WHERE true)",
                "max(id) OVER ()",
                "row_number() OVER (ORDER BY id)",
                "lag(id) OVER ()",
                "grouping(id)",
                "*",
                "COLUMNS('i.*')",
                "COLUMNS(*)",
                "id + COLUMNS(id)",
                "#1",
                "?",
                "$1",
                "$name",
                "DEFAULT",
                "unknown",
                "rowid",
                "\"#\"",
                "lines",
                "t.id",
                "name.upper()",
                "main.upper(name)",
                "system.main.upper(name)",
                "upper(name ORDER BY id)",
                "upper(DISTINCT name)",
                "upper(string := name)",
                "now()",
                "today()",
                "current_date",
                "current_timestamp",
                "CURRENT_TIME",
                "localtimestamp",
                "current_localtimestamp()",
                "get_current_timestamp()",
                "transaction_timestamp()",
                "ago(INTERVAL 1 DAY)",
                "age(seen)",
                "random()",
                "uuid()",
                "gen_random_uuid()",
                "nextval('x')",
                "setseed(0.5)",
                "txid_current()",
                "current_setting('memory_limit')",
                "current_user",
                "current_schema()",
                "current_query()",
                "version()",
                "getenv('HOME')",
                "getvariable('x')",
                "pg_sleep(100)",
                "sleep_ms(100)",
                "write_log('x')",
                "error('x')",
                "parse_path(name)",
                "repeat(name, 1000000000)",
                "lpad(name, 1000000000, 'x')",
                "rpad(name, id, 'x')",
                "rpad(name, 10 * 1000, 'x')",
                "format('{:1000000000}', name)",
                "printf('%1000000000d', 1)",
                "range(1000000000)",
                "unnest([1, 2])",
                "[1, 2]",
                "{'a': 1}",
                "MAP {'a': 1}",
                "name[1]",
                "name[1:2]",
                "[x FOR x IN [1]]",
                "list_apply([1], x -> x)",
                "name -> '$.a'",
                "name ->> '$.a'",
                "json_extract(name, '$.a')",
                "json_serialize_sql('SELECT 1')",
                "CAST(name AS JSON)",
                "name::INTEGER[]",
                "CAST(id AS STRUCT(x INTEGER))",
                "name::unknown",
                "name::main.VARCHAR",
                "name COLLATE NOCASE",
                "id + TRUE + INTERVAL 1 DAY",
                "lower(id)",
                "born + 'a' + paid",
            })
    void everythingElseIsRefused(String sql) {
        assertThat(refused(sql)).as(sql).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'é' || sum(id) ; sum(id) ; no aggregate",
                "1 + (SELECT 1) ; (SELECT 1) ; no subquery",
                "coalesce(nome, name) ; nome ; one of arrived, born, id, name, paid, Price, ratio, seen",
                "id + lines ; lines ; a column that isn't REPEATED",
                "upper(now()) ; now() ; one of the functions",
                "nosuch(1) ; nosuch(1) ; a function that there is",
                "read_text('x') ; read_text('x') ; no table function",
                "lower(id) ; lower(id) ; lower(BIGINT)",
                "1 + ; 1 + ; syntax error",
            })
    void theErrorNamesThePartThatIsWrong(String sql, String found, String expected) {
        InvalidExpression refused = refused(sql);

        assertThat(refused.found()).isEqualTo(found);
        assertThat(refused.expected()).contains(expected);
    }

    @Test
    void anExpressionOfEndlessLengthOrDepthIsRefused() {
        assertThat(refused("id" + " + id".repeat(3_000)).expected()).contains("10000");
        assertThat(refused("(".repeat(4_000) + "id" + ")".repeat(4_000))).isNotNull();
        assertThat(refused("NOT ".repeat(2_000) + "paid")).isNotNull();
    }
}
