#!/usr/bin/env bash
# DuckDB's JDBC driver: numbers that don't fit, NULL, the limit of rows, and a batch that fails.
#
# Guess:  getInt of a BIGINT that no int holds, and getLong of a UBIGINT that no long holds, are an SQLException, as
#         PostgreSQL's driver has it; getDouble of NULL is 0; setMaxRows(1) gives one row; the counts of a failed
#         batch are those of the rows that it leaves.
# Seen:   with 2.0.0.1 the numbers wrap around without a word: 5000000000 is 705032704 as an int, 18446744073709551615
#         is -1 as a long, 300 is 44 as a byte, 1.0E300 is 9223372036854775807 as a long. getDouble of NULL is NaN. setMaxRows is
#         taken and forgotten: all rows come. A batch of four, whose third row has a key that is there, tells [1, 1]
#         and leaves none of its rows, though the connection commits each statement by itself. getString of a HUGEINT is right, and so is
#         getBigDecimal.
# Source: https://docs.oracle.com/en/java/javase/25/docs/api/java.sql/java/sql/ResultSet.html#getDouble(int) (0 for NULL),
#         .../Statement.html#setMaxRows(int) (rows beyond are dropped), .../BatchUpdateException.html#getUpdateCounts() (of
#         statements that were executed successfully).
# For us: Millrace lets the engine make texts of what a query answers, reads as long only what it has counted, and limits rows in SQL.
#         Whoever reads its DuckDB file by JDBC takes getBigDecimal or getObject for large numbers.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=org.duckdb:duckdb_jdbc:2.0.0.1 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Values.java <<'END'
import java.sql.BatchUpdateException;
import java.sql.DriverManager;
import java.util.Arrays;

class Values {
    static void main() throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:duckdb:"); var statement = connection.createStatement()) {
            var row = statement.executeQuery("SELECT 5000000000::BIGINT, 18446744073709551615::UBIGINT, 300::SMALLINT,"
                    + " 1e300::DOUBLE, NULL::DOUBLE, 170141183460469231731687303715884105727::HUGEINT");
            row.next();
            System.out.println("int of 5000000000: " + row.getInt(1));
            System.out.println("long of 18446744073709551615: " + row.getLong(2));
            System.out.println("byte of 300: " + row.getByte(3));
            System.out.println("long of 1.0E300: " + row.getLong(4));
            System.out.println("double of NULL: " + row.getDouble(5) + ", was null: " + row.wasNull());
            System.out.println("HUGEINT: " + row.getString(6) + " " + row.getBigDecimal(6));
            statement.setMaxRows(1);
            var rows = statement.executeQuery("FROM range(3)");
            int count = 0;
            while (rows.next()) {
                count++;
            }
            System.out.println("rows, of 1 at most: " + count);
            statement.execute("CREATE TABLE t (i INTEGER PRIMARY KEY)");
            statement.execute("INSERT INTO t VALUES (1)");
            var insert = connection.prepareStatement("INSERT INTO t VALUES (?)");
            for (int i : new int[] {10, 11, 1, 12}) {
                insert.setInt(1, i);
                insert.addBatch();
            }
            try {
                insert.executeBatch();
            } catch (BatchUpdateException e) {
                System.out.println("failed batch: " + Arrays.toString(e.getUpdateCounts()) + ", commits by itself: "
                        + connection.getAutoCommit());
            }
            var left = statement.executeQuery("SELECT string_agg(i, ' ' ORDER BY i) FROM t");
            left.next();
            System.out.println("left: " + left.getString(1));
        }
    }
}
END
"$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp duckdb_jdbc-2.0.0.1.jar Values.java > seen.txt
cat seen.txt
diff seen.txt - <<'END'
int of 5000000000: 705032704
long of 18446744073709551615: -1
byte of 300: 44
long of 1.0E300: 9223372036854775807
double of NULL: NaN, was null: true
HUGEINT: 170141183460469231731687303715884105727 170141183460469231731687303715884105727
rows, of 1 at most: 3
failed batch: [1, 1], commits by itself: true
left: 1
END
echo "as found: DuckDB's JDBC driver 2.0.0.1"
