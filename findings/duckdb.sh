# Sourced by the findings about DuckDB: `duckdb VERSION` runs the statements of its input, each ended by a line's end and
# one empty line or the end, in an engine in memory, and prints a row of values as text per line. It works in the current
# folder, where it leaves the driver.
duckdb() {
  [ -f "duckdb_jdbc-$1.jar" ] || "$project/mvnw" -B -q dependency:copy \
    -Dartifact="org.duckdb:duckdb_jdbc:$1" -DoutputDirectory=. >&2
  . "$project/.mvn/find-jdk.sh"
  cat > Statements.java <<'END'
import java.sql.DriverManager;
import java.sql.SQLException;

class Statements {
    static void main() throws Exception {
        String input = new String(System.in.readAllBytes(), "UTF-8");
        try (var connection = DriverManager.getConnection("jdbc:duckdb:"); var statement = connection.createStatement()) {
            for (String sql : input.split("\n\n")) {
                try {
                    if (statement.execute(sql)) {
                        var rows = statement.getResultSet();
                        while (rows.next()) {
                            var line = new StringBuilder();
                            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                                line.append(i == 1 ? "" : " | ").append(rows.getString(i));
                            }
                            System.out.println(line);
                        }
                    }
                } catch (SQLException e) {
                    System.out.println("error: " + e.getMessage().lines().findFirst().orElse(""));
                }
            }
        }
    }
}
END
  "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp "duckdb_jdbc-$1.jar" Statements.java
}
