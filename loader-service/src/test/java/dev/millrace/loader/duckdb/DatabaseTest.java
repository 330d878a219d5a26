package dev.millrace.loader.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
    @TempDir
    private Path folder;

    private Database database;

    @BeforeEach
    void open() throws InterruptedException {
        database = Database.open(DuckDbWarehouseTest.config(folder.resolve("w.duckdb"), Duration.ofSeconds(1)));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void aFileWhoseEngineGaveUpIsOpenedAgainOnceNobodyUsesTheOldOne() throws Exception {
        Session old = database.session();
        old.execute("CREATE TABLE main.kept AS SELECT 7 AS n");
        database.failed(
                new SQLException("FATAL Error: Failed: database has been invalidated because of a fatal error"));
        MillraceException failure = catchThrowableOfType(MillraceException.class, () -> database.session());
        assertThat(failure.code()).isEqualTo(ErrorCode.WAREHOUSE_FAILED);
        old.close();
        try (Session session = database.session()) {
            assertThat(session.number("SELECT n FROM main.kept")).isEqualTo(7);
        }
    }

    @Test
    void evenSqlThatNobodyHasCheckedReachesNothingOutside() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret.csv"), "a,b\n1,2\n");
        Files.createSymbolicLink(folder.resolve("w.duckdb.scratch").resolve("link.csv"), secret);
        try (Session session = database.session()) {
            for (String sql : new String[] {
                "SELECT * FROM read_csv('" + secret + "')",
                "SELECT * FROM '" + secret + "'",
                "SELECT * FROM read_csv('" + folder + "/w.duckdb.scratch/link.csv')",
                "SELECT * FROM read_csv('" + folder + "/w.duckdb.scratch/../secret.csv')",
                "COPY (SELECT 1) TO '" + folder.resolve("out.csv") + "'",
                "ATTACH '" + folder.resolve("other.duckdb") + "'",
                "INSTALL httpfs",
                "SET enable_external_access = true",
                "SET lock_configuration = false",
                "SET TimeZone = 'Asia/Singapore'"
            }) {
                assertThatThrownBy(() -> session.execute(sql)).as(sql).isInstanceOf(SQLException.class);
            }
            assertThat(folder.resolve("out.csv")).doesNotExist();
        }
    }

    @Test
    void anInterruptedCallerCancelsItsStatementAndTheFileStaysUsable() throws Exception {
        try (Session session = database.session()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> session.run(() -> session.number(
                            "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3")))
                    .isInstanceOf(InterruptedException.class);
        }
        try (Session session = database.session()) {
            assertThat(session.number("SELECT 1")).isEqualTo(1);
        }
    }
}
