#!/usr/bin/env bash
# Carpet, which reads Parquet files into Java records: decimals and unsigned numbers.
#
# Guess:  a DECIMAL is read into a double or a long as its value, or is refused, as it is for a String; a UINT_32 fits a long.
# Seen:   with 0.5.0 a DECIMAL(18,3) of 12345.678 is 1.2345678E7 as a double and 12345678 as a long: the unscaled number,
#         without an error. A UINT_32 of 4294967295 is -1 as a long; a UINT_8 is right. Into a BigDecimal it is right.
#         withFailNarrowingPrimitiveConversion refuses the double, but not the long and not the unsigned number.
# Source: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md (DECIMAL: unscaledValue * 10^(-scale);
#         INT(32, false): an unsigned number).
# For us: what Millrace publishes as Parquet has money as DECIMAL: a reader in Java takes BigDecimal.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
. "$project/findings/duckdb.sh"
duckdb 2.0.0.1 <<'END'
COPY (SELECT 12345.678::DECIMAL(18,3) AS decimal, 200::UTINYINT AS u8, 4294967295::UINTEGER AS u32) TO 'file.parquet'
END
cat > pom.xml <<'END'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.jerolba</groupId><artifactId>carpet-record</artifactId><version>0.5.0</version></dependency>
  </dependencies>
</project>
END
"$project/mvnw" -B -q -f pom.xml dependency:copy-dependencies -DoutputDirectory=jars >&2
cat > Decimals.java <<'END'
import com.jerolba.carpet.CarpetReader;
import java.io.File;
import java.math.BigDecimal;

class Decimals {
    record Exact(BigDecimal decimal) {}

    record Rough(double decimal) {}

    record Whole(long decimal) {}

    record Unsigned8(long u8) {}

    record Unsigned32(long u32) {}

    static void main() {
        show(Exact.class);
        show(Rough.class);
        show(Whole.class);
        show(Unsigned8.class);
        show(Unsigned32.class);
    }

    private static void show(Class<?> type) {
        System.out.println(read(type, false) + ", strictly " + read(type, true));
    }

    private static String read(Class<?> type, boolean strict) {
        try {
            return new CarpetReader<>(new File("file.parquet"), type)
                    .withFailNarrowingPrimitiveConversion(strict)
                    .toList()
                    .getFirst()
                    .toString();
        } catch (Exception e) {
            return "refused";
        }
    }
}
END
"$JAVA_HOME/bin/java" -cp 'jars/*' Decimals.java 2>/dev/null > seen.txt
cat seen.txt
diff seen.txt - <<'END'
Exact[decimal=12345.678], strictly Exact[decimal=12345.678]
Rough[decimal=1.2345678E7], strictly refused
Whole[decimal=12345678], strictly Whole[decimal=12345678]
Unsigned8[u8=200], strictly Unsigned8[u8=200]
Unsigned32[u32=-1], strictly Unsigned32[u32=-1]
END
echo "as found: Carpet 0.5.0"
