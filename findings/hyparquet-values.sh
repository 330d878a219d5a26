#!/usr/bin/env bash
# hyparquet (Parquet for JavaScript without native code), on a file that DuckDB wrote.
#
# Guess:  BigInt for whole numbers and text, or some exact form, for DECIMAL; timestamps cut to the millisecond below, as
#         a Date can't hold more.
# Seen:   with 1.33.0 DECIMAL(38,9) is a double: 12345678901234567890.123456789 becomes 12345678901234570000, and
#         DECIMAL(4,2) 1.10 is 1.1. BIGINT is an exact BigInt. A timestamp after 1970 is cut down, one before 1970 is
#         cut up: 0001-01-01T00:00:00.000001 is 00:00:00.001, and the microsecond before 1970 is 1970. So equal files
#         give other days by it.
# Source: the package's src/convert.js; what the types mean: DECIMAL and TIMESTAMP in
#         https://github.com/apache/parquet-format/blob/master/LogicalTypes.md.
# For us: whoever checks our published Parquet with it sees differences that aren't in the file. Compare with DuckDB.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund hyparquet@1.33.0 >/dev/null
. "$project/findings/duckdb.sh"
duckdb 2.0.0.1 >/dev/null <<'END'
COPY (SELECT 12345678901234567890.123456789::DECIMAL(38,9) AS long, 1.10::DECIMAL(4,2) AS short,
      9007199254740993::BIGINT AS whole, TIMESTAMP '2026-01-01 00:00:00.000999' AS after,
      TIMESTAMP '1969-12-31 23:59:59.999001' AS before, TIMESTAMP '0001-01-01 00:00:00.000001' AS old)
TO 'values.parquet' (FORMAT parquet)
END
cat > try.mjs <<'END'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
const [row] = await parquetReadObjects({ file: await asyncBufferFromFile('values.parquet') })
for (const [name, value] of Object.entries(row)) {
  console.log(`${name}: ${value instanceof Date ? value.toISOString() : typeof value + ' ' + value}`)
}
END
node try.mjs > seen.txt
cat seen.txt
diff seen.txt - <<'END'
long: number 12345678901234570000
short: number 1.1
whole: bigint 9007199254740993
after: 2026-01-01T00:00:00.000Z
before: 1970-01-01T00:00:00.000Z
old: 0001-01-01T00:00:00.001Z
END
echo "as found: hyparquet 1.33.0"
