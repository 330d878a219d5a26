#!/usr/bin/env bash
# Tablesaw and deephaven-csv: what CSV readers for the JVM that find the types of columns make of codes and long ids.
#
# Guess:  a column of product codes such as 1D and 2F is text. One of ids of 20 digits is text too, or the reading fails, since
#         no integer holds them. A local date and time keeps its microseconds, as java.time does.
# Seen:   with Tablesaw 0.44.4 and deephaven-csv 0.19.0 the codes are the doubles 1.0 and 2.0: Java's own notation of doubles may
#         end with d or f. The ids are doubles, in which two of them that differ are equal. 1e400 is Infinity. Nothing is
#         logged. Tablesaw also cuts a date and time to milliseconds, since its column holds no more, and takes eight digits
#         for a date if all of a column can be one.
# Source: run; the notation is that of java.lang.Double.valueOf, which takes what the grammar of Java has for a literal.
# For us: what discover and `contract: infer` propose has patterns of their own, without suffixes, and a text that no type says again
#         exactly stays one.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
. "$project/.mvn/find-jdk.sh"
cat > pom.xml <<'END'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>tech.tablesaw</groupId>
      <artifactId>tablesaw-core</artifactId>
      <version>0.44.4</version>
    </dependency>
    <dependency>
      <groupId>io.deephaven</groupId>
      <artifactId>deephaven-csv</artifactId>
      <version>0.19.0</version>
    </dependency>
  </dependencies>
</project>
END
"$project/mvnw" -B -q -f pom.xml dependency:copy-dependencies -DoutputDirectory=lib >&2
cat > Types.java <<'END'
import io.deephaven.csv.CsvSpecs;
import io.deephaven.csv.reading.CsvReader;
import io.deephaven.csv.sinks.SinkFactory;
import java.io.ByteArrayInputStream;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.io.csv.CsvReadOptions;

class Types {
    static void main() throws Exception {
        for (List<String> column : List.of(
                List.of("1D", "2F"),
                List.of("18446744073709551614", "18446744073709551615"),
                List.of("1e400", "1"),
                List.of("2026-01-31T23:59:59.123456"),
                List.of("20260131", "20260201"))) {
            String csv = "v\n" + String.join("\n", column) + "\n";
            Column<?> saw = Table.read().usingOptions(CsvReadOptions.builderFromString(csv)).column(0);
            String seen = IntStream.range(0, saw.size()).mapToObj(i -> "" + saw.get(i)).collect(Collectors.joining(", "));
            System.out.println("tablesaw      " + String.join(", ", column) + " -> " + saw.type().name() + " " + seen);
            CsvReader.Result read = CsvReader.read(
                    CsvSpecs.csv(),
                    new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)),
                    SinkFactory.arrays());
            Object data = read.columns()[0].data();
            String values = IntStream.range(0, (int) read.numRows())
                    .mapToObj(i -> "" + Array.get(data, i))
                    .collect(Collectors.joining(", "));
            System.out.println("deephaven-csv " + String.join(", ", column) + " -> " + read.columns()[0].dataType() + " " + values);
        }
    }
}
END
"$JAVA_HOME/bin/java" -cp "lib/*" Types.java 2>/dev/null > seen.txt
cat seen.txt
diff seen.txt - <<'END'
tablesaw      1D, 2F -> DOUBLE 1.0, 2.0
deephaven-csv 1D, 2F -> DOUBLE 1.0, 2.0
tablesaw      18446744073709551614, 18446744073709551615 -> DOUBLE 1.8446744073709552E19, 1.8446744073709552E19
deephaven-csv 18446744073709551614, 18446744073709551615 -> DOUBLE 1.8446744073709552E19, 1.8446744073709552E19
tablesaw      1e400, 1 -> DOUBLE Infinity, 1.0
deephaven-csv 1e400, 1 -> DOUBLE Infinity, 1.0
tablesaw      2026-01-31T23:59:59.123456 -> LOCAL_DATE_TIME 2026-01-31T23:59:59.123
deephaven-csv 2026-01-31T23:59:59.123456 -> STRING 2026-01-31T23:59:59.123456
tablesaw      20260131, 20260201 -> LOCAL_DATE 2026-01-31, 2026-02-01
deephaven-csv 20260131, 20260201 -> INT 20260131, 20260201
END
echo "as found: Tablesaw 0.44.4, deephaven-csv 0.19.0"
