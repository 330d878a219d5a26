#!/usr/bin/env bash
# Jackcess, a reader and writer of Microsoft Access files: whole numbers.
#
# Guess:  a column of type Byte gives 0 to 255, as Access has it; a number that a column can't hold is refused, as it is
#         for the types Decimal and Currency.
# Seen:   with 4.0.8 a Byte of 200 is read as -56. A Long Integer takes 3000000000 as -1294967296 and 2.5 as 2, without an
#         error, where Decimal and Currency refuse a digit too many.
# Source: https://support.microsoft.com/office/introduction-to-data-types-and-field-properties-30ad644f-946c-442e-8bd2-be067361987c
#         (Byte: numbers from 0 to 255, without fractions).
# For us: an Access file becomes a source only with its Byte columns read as `value & 0xFF`.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for artifact in com.healthmarketscience.jackcess:jackcess:4.0.8 org.apache.commons:commons-lang3:3.19.0 commons-logging:commons-logging:1.3.5; do
  "$project/mvnw" -B -q dependency:copy -Dartifact=$artifact -DoutputDirectory=. >&2
done
. "$project/.mvn/find-jdk.sh"
cat > Integers.java <<'END'
import com.healthmarketscience.jackcess.ColumnBuilder;
import com.healthmarketscience.jackcess.DataType;
import com.healthmarketscience.jackcess.Database;
import com.healthmarketscience.jackcess.DatabaseBuilder;
import com.healthmarketscience.jackcess.Row;
import com.healthmarketscience.jackcess.Table;
import com.healthmarketscience.jackcess.TableBuilder;
import java.io.File;
import java.math.BigDecimal;
import java.util.Map;

class Integers {
    static void main() throws Exception {
        try (Database file = DatabaseBuilder.create(Database.FileFormat.V2010, new File("numbers.accdb"))) {
            Table table = new TableBuilder("numbers")
                    .addColumn(new ColumnBuilder("byte", DataType.BYTE))
                    .addColumn(new ColumnBuilder("long", DataType.LONG))
                    .addColumn(new ColumnBuilder("currency", DataType.MONEY))
                    .toTable(file);
            show(table, "byte", 200);
            show(table, "long", 3_000_000_000L);
            show(table, "long", 2.5);
            show(table, "currency", new BigDecimal("1.23456"));
        }
    }

    private static void show(Table table, String column, Object value) {
        try {
            table.addRowFromMap(new java.util.HashMap<>(Map.of(column, value)));
            Row last = null;
            for (Row row : table) {
                last = row;
            }
            System.out.println(column + " " + value + " -> " + last.get(column));
        } catch (Exception e) {
            System.out.println(column + " " + value + " is refused: " + e.getClass().getSimpleName());
        }
    }
}
END
"$JAVA_HOME/bin/java" -cp '*' Integers.java 2>/dev/null > seen.txt
cat seen.txt
diff seen.txt - <<'END'
byte 200 -> -56
long 3000000000 -> -1294967296
long 2.5 -> 2
currency 1.23456 is refused: IOException
END
echo "as found: Jackcess 4.0.8"
