#!/usr/bin/env bash
# JavaDBF writing a number that its field has no room for.
#
# Guess:  an error, as the width and the decimals are declared; or asterisks, as dBASE itself fills such a field.
# Seen:   with 1.14.1 the text of the number is cut at its end without an error: 12345678901.5 in a field N(10,2) becomes
#         1234567890, a tenth of it; 123456789.25 keeps no decimal.
# Source: https://en.wikipedia.org/wiki/.dbf (a number is a text of the field's length, decimals included)
# For us: a .dbf that comes from such a program can be wrong without a sign. A publisher of files checks the width first.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=com.github.albfernandez:javadbf:1.14.1 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Numbers.java <<'END'
import com.linuxense.javadbf.DBFDataType;
import com.linuxense.javadbf.DBFField;
import com.linuxense.javadbf.DBFReader;
import com.linuxense.javadbf.DBFWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.List;

class Numbers {
    static void main() {
        for (String number : List.of("1234567.25", "123456789.25", "12345678901.5", "-12345678901.5")) {
            var file = new ByteArrayOutputStream();
            try (var writer = new DBFWriter(file)) {
                writer.setFields(new DBFField[] {new DBFField("N", DBFDataType.NUMERIC, 10, 2)});
                writer.addRecord(new Object[] {new BigDecimal(number)});
            }
            try (var reader = new DBFReader(new ByteArrayInputStream(file.toByteArray()))) {
                System.out.println(number + " -> " + reader.nextRecord()[0]);
            }
        }
    }
}
END
"$JAVA_HOME/bin/java" -cp javadbf-1.14.1.jar Numbers.java > seen.txt
cat seen.txt
diff seen.txt - <<'END'
1234567.25 -> 1234567.25
123456789.25 -> 123456789
12345678901.5 -> 1234567890
-12345678901.5 -> -123456789
END
echo "as found: JavaDBF 1.14.1"
