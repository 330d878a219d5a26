#!/usr/bin/env bash
# H2: an index on (run, id), and the first rows of one run in the order of id.
#
# Guess:  where run is said to be equal to a value, the index is in the order of id, and a LIMIT of 5 reads 5 entries, whether the
#         query says ORDER BY id or ORDER BY run, id: both mean the same.
# Seen:   with 2.3.232 ORDER BY id reads all entries of the run and sorts them. ORDER BY run, id reads 5, upwards and downwards.
# Source: EXPLAIN ANALYZE's scanCount and "index sorted"; PostgreSQL treats both alike
#         (https://www.postgresql.org/docs/current/indexes-ordering.html).
# For us: queries of the run database that take the first rows of an index name all of its columns in their order: a page of a log
#         with 100,000 lines needed three times as long without.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=com.h2database:h2:2.3.232 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Order.java <<'END'
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class Order {
    static void main() throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE line (id BIGINT PRIMARY KEY, run VARCHAR(36), message VARCHAR(100))");
            statement.execute("CREATE INDEX line_of_run ON line (run, id)");
            statement.execute("INSERT INTO line SELECT x, 'r' || MOD(x, 100), 'm' FROM SYSTEM_RANGE(1, 100000)");
            statement.execute("ANALYZE");
            for (String order : List.of("id", "run, id", "id DESC", "run DESC, id DESC")) {
                String query = "SELECT * FROM line WHERE run = 'r7' ORDER BY " + order + " LIMIT 5";
                try (ResultSet plan = statement.executeQuery("EXPLAIN ANALYZE " + query)) {
                    plan.next();
                    Matcher scanned = Pattern.compile("scanCount: (\\d+)").matcher(plan.getString(1));
                    scanned.find();
                    System.out.println("ORDER BY " + order + " LIMIT 5: entries read: " + scanned.group(1));
                }
            }
        }
    }
}
END
"$JAVA_HOME/bin/java" -cp '*' Order.java > seen.txt
cat seen.txt
diff seen.txt - <<'END'
ORDER BY id LIMIT 5: entries read: 1001
ORDER BY run, id LIMIT 5: entries read: 5
ORDER BY id DESC LIMIT 5: entries read: 1001
ORDER BY run DESC, id DESC LIMIT 5: entries read: 5
END
echo "as found: H2 2.3.232"
