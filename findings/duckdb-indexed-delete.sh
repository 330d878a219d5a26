#!/usr/bin/env bash
# DuckDB 2.0: rows that are deleted from a table of a file with an index on a column of texts.
#
# Guess:  to delete all rows takes about as long per row of a table of 122,880 rows as of one of 122,879; an index makes it
#         slower by some times, as it has to be kept.
# Seen:   with 2.0.0.1 the delete of 122,879 rows takes 0.1 s, and that of one row more, which fills a row group, 7 to 10 s,
#         on two cores; the time goes to the commit. It takes no longer in memory, with an index on a BIGINT, or without one. Dropping
#         the index first, in the same transaction, doesn't help.
# Source: https://duckdb.org/docs/stable/guides/performance/indexing (what it costs to keep an index; nothing of this), and
#         https://duckdb.org/docs/stable/internals/storage (row groups have 122,880 rows).
# For us: a load that replaces, merges into or rolls back a table of that size takes that much longer, if its owner has put
#         such an index on it. docs/operations.md says so.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=org.duckdb:duckdb_jdbc:2.0.0.1 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Deletes.java <<'END'
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

class Deletes {
    private static final int GROUP = 122_880;
    private static int files;

    private static long millis(String column, int rows) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + files++ + ".duckdb");
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t AS SELECT range AS id, 'n' || range AS name FROM range(" + rows + ")");
            statement.execute("CREATE INDEX by_it ON t (" + column + ")");
            long start = System.nanoTime();
            statement.execute("DELETE FROM t");
            long took = (System.nanoTime() - start) / 1_000_000;
            System.err.printf("%,d rows, index on %s: %,d ms%n", rows, column, took);
            return Math.max(1, took);
        }
    }

    static void main() throws SQLException {
        long warm = millis("name", GROUP / 2);
        long fewer = millis("name", GROUP - 1);
        long group = millis("name", GROUP);
        long numbers = millis("id", GROUP);
        System.out.println("a full group takes more than 20 times as long: " + (group > 20 * fewer));
        System.out.println("with an index on a number it does: " + (numbers > 20 * fewer));
    }
}
END
"$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp duckdb_jdbc-2.0.0.1.jar Deletes.java > seen.txt
cat seen.txt
diff seen.txt - <<'END'
a full group takes more than 20 times as long: true
with an index on a number it does: false
END
echo "as found: DuckDB 2.0.0.1"
