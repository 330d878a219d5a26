#!/usr/bin/env bash
# Hardwood, a Parquet reader for the JVM: many files as one, whose columns are in another order; and filters of unsigned
# columns.
#
# Guess:  `openAll` finds a column by its name in each file, since it checks the names and types of each file against the
#         first one's; a filter on an unsigned column compares as the column's statistics do, unsigned.
# Seen:   with 1.0.1 the check goes by name and the reading by position: a second file with the same columns in another
#         order gives the values of one column under the name of the other, without an error where their types are the
#         same. A filter `u > 5` leaves out every row when one of them has a value from 2^31 (UINT32) or 2^63 (UINT64).
# Source: https://github.com/hardwood-hq/hardwood/issues/903 and https://github.com/hardwood-hq/hardwood/issues/1144,
#         both closed, but no later release was to be had; https://hardwood.dev says of many files that each column
#         "must exist with a matching physical type".
# For us: files of a folder come from different years. Parquet is read file by file, each with its own schema.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
. "$project/findings/duckdb.sh"
duckdb 2.0.0.1 <<'END'
COPY (SELECT 'Ada' AS first_name, 'Byron' AS last_name, 1.5::DOUBLE AS price) TO 'a.parquet' (COMPRESSION uncompressed)

COPY (SELECT 'Byron' AS last_name, 'Ada' AS first_name, 1.5::DOUBLE AS price) TO 'b.parquet' (COMPRESSION uncompressed)

COPY (SELECT u::UINTEGER AS u32, u::UBIGINT * 4294967296 AS u64 FROM (VALUES (0), (1000000000), (2000000000), (3000000000)) AS t(u)) TO 'u.parquet' (COMPRESSION uncompressed)
END
"$project/mvnw" -B -q dependency:copy -Dartifact=dev.hardwood:hardwood-core:1.0.1.Final -DoutputDirectory=. >&2
cat > Read.java <<'END'
import dev.hardwood.InputFile;
import dev.hardwood.reader.FilterPredicate;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import java.nio.file.Path;
import java.util.List;

class Read {
    static void main() throws Exception {
        try (ParquetFileReader files =
                        ParquetFileReader.openAll(InputFile.ofPaths(Path.of("a.parquet"), Path.of("b.parquet")));
                RowReader rows = files.rowReader()) {
            while (rows.hasNext()) {
                rows.next();
                System.out.println("first_name=" + rows.getString("first_name") + " last_name="
                        + rows.getString("last_name") + " price=" + rows.getDouble("price"));
            }
        }
        for (FilterPredicate filter : List.of(FilterPredicate.gt("u32", 5), FilterPredicate.gt("u64", 5L))) {
            int found = 0;
            try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(Path.of("u.parquet")));
                    RowReader rows = file.buildRowReader().filter(filter).build()) {
                for (; rows.hasNext(); found++) {
                    rows.next();
                }
            }
            System.out.println("rows above 5: " + found + " of 3");
        }
    }
}
END
"$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp hardwood-core-1.0.1.Final.jar Read.java 2>/dev/null > seen.txt
cat seen.txt
diff seen.txt - <<'END'
first_name=Ada last_name=Byron price=1.5
first_name=Byron last_name=Ada price=1.5
rows above 5: 0 of 3
rows above 5: 0 of 3
END
echo "as found: Hardwood 1.0.1"
