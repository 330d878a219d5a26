package dev.millrace.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** What the same work costs where nothing is checked, nothing can be lost and nobody is told. */
final class Comparisons {
    private Comparisons() {}

    /** All pages, one after the other over one connection, thrown away. */
    static Duration curl(URI api, long pages) throws IOException, InterruptedException {
        long start = System.nanoTime();
        int exit = new ProcessBuilder(
                        "curl", "-sS", "--fail", "-o", "/dev/null", api + "/orders?page=[1-" + pages + "]")
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("curl ended with " + exit);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** As many lists, several at once, thrown away. */
    static Duration curlAtOnce(URI api, int lists, int parallel) throws IOException, InterruptedException {
        long start = System.nanoTime();
        int exit = new ProcessBuilder(
                        "curl",
                        "-sS",
                        "--fail",
                        "--no-progress-meter",
                        "--parallel",
                        "--parallel-max",
                        String.valueOf(parallel),
                        "-o",
                        "/dev/null",
                        api + "/orders/[1-" + lists + "]/lines")
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("curl ended with " + exit);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Reads the records and writes the same columns as Parquet, as our transformer compresses it, on all processors. */
    static Duration duckDb(Path records, Path parquet) throws SQLException, IOException {
        return copied(selected(records), parquet);
    }

    /** Writes a Parquet file of the same columns, which stays. */
    static void writeParquet(Path records, Path parquet) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute(copy(selected(records), parquet));
        }
    }

    /** The same of such a file. */
    static Duration duckDbOfParquet(Path records, Path parquet) throws SQLException, IOException {
        return copied("SELECT * FROM read_parquet('" + records + "')", parquet);
    }

    private static String selected(Path records) {
        return "SELECT " + Records.SELECTED + " FROM read_json('" + records
                + "', format = 'newline_delimited', columns = " + Records.TYPES + ")";
    }

    /**
     * @param ofRecords what it takes to make a table of a database file of the same columns, straight from the records
     * @param ofParquet the same from Parquet, as the loader does
     * @param replaced to replace the rows of such a table from Parquet, and to keep those that it had in another
     */
    record Table(Duration ofRecords, Duration ofParquet, Duration replaced) {}

    /** Tables of the records, each committed to a database file of its own, which is gone afterwards. */
    static Table table(Path records, Path folder) throws SQLException, IOException {
        Path parquet = folder.resolve("of-table.parquet");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute(copy(selected(records), parquet));
            String staged = "SELECT * FROM read_parquet('" + parquet + "')";
            return new Table(
                    inserted(folder, selected(records), ""),
                    inserted(folder, staged, ""),
                    inserted(folder, staged, "CREATE TABLE kept AS FROM orders; DELETE FROM orders;"));
        } finally {
            Files.deleteIfExists(parquet);
        }
    }

    /** @param before statements of the same transaction, for a table that has the rows already; empty: for an empty one */
    private static Duration inserted(Path folder, String select, String before) throws SQLException, IOException {
        Path database = folder.resolve("table.duckdb");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + database);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE orders AS " + select + (before.isEmpty() ? " LIMIT 0" : ""));
            long start = System.nanoTime();
            statement.execute("BEGIN; " + before + " INSERT INTO orders " + select + "; COMMIT");
            return Duration.ofNanos(System.nanoTime() - start);
        } finally {
            Files.deleteIfExists(database);
            Files.deleteIfExists(folder.resolve("table.duckdb.wal"));
        }
    }

    /** The same of CSV. */
    static Duration duckDbOfCsv(Path records, Path parquet) throws SQLException, IOException {
        return copied(
                "SELECT " + Records.CSV_SELECTED + " FROM read_csv('" + records
                        + "', header = true, auto_detect = false, columns = " + Records.CSV_TYPES + ")",
                parquet);
    }

    /** The rows of a query as Parquet, which is gone afterwards. */
    static Duration copied(String select, Path parquet) throws SQLException, IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            long start = System.nanoTime();
            statement.execute(copy(select, parquet));
            return Duration.ofNanos(System.nanoTime() - start);
        } finally {
            Files.deleteIfExists(parquet);
        }
    }

    private static String copy(String select, Path parquet) {
        return "COPY (" + select + ") TO '" + parquet + "' (FORMAT parquet, COMPRESSION zstd)";
    }
}
