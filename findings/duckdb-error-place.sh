#!/usr/bin/env bash
# DuckDB 2.0: where an error of a statement is that begins with a comment.
#
# Guess:  the line is counted from the statement's first, comment included, and the mark below it points at the name.
# Seen:   with 2.0.0 lines are counted from the first one behind the comment, but the mark is as many characters too far to the
#         right as the comment has, so that it stands below another word, or behind the line. Without the comment both are
#         right.
# For us: validate takes comments and white space from the head of SQL before the engine sees it, and adds their lines.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=org.duckdb:duckdb_jdbc:2.0.0.1 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Place.java <<'END'
import java.sql.DriverManager;
import java.sql.SQLException;

class Place {
    static void main() throws Exception {
        String sql = "SELECT total,\n  totl + 1 AS more\nFROM (SELECT 1 AS total)";
        try (var connection = DriverManager.getConnection("jdbc:duckdb:")) {
            for (String head : new String[] {"", "-- twelve\n"}) {
                try (var statement = connection.prepareStatement(head + sql)) {
                    System.out.println("taken: " + statement);
                } catch (SQLException e) {
                    e.getMessage().lines().dropWhile(line -> !line.startsWith("LINE")).forEach(System.out::println);
                }
            }
        }
    }
}
END
"$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp duckdb_jdbc-2.0.0.1.jar Place.java > seen.txt
cat seen.txt
diff seen.txt - <<'END'
LINE 2:   totl + 1 AS more
          ^^^^
LINE 2:   totl + 1 AS more
                    ^^^^
END
echo "as found: DuckDB 2.0.0"
