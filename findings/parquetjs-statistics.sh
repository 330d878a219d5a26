#!/usr/bin/env bash
# @dsnp/parquetjs, a Parquet writer for JavaScript: statistics of texts, dates before 1970, unsigned numbers.
#
# Guess:  the smallest and largest text in a column's statistics are those by UTF-8 bytes, as the format says; a DATE is
#         the day of the instant in UTC; a UINT_32 takes what it accepts in `appendRow`.
# Seen:   with 1.8.8 texts are compared by UTF-16 units, so that a character beyond U+FFFF counts as smaller than U+FF5E:
#         DuckDB, which trusts the statistics, then answers `WHERE name = ...` with no row although the file has one.
#         Noon of 1969-12-31 is written as 1970-01-01. 4294967295 is accepted, and then `close` fails, by when all rows
#         were given away: there is no file to read.
# Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder: UTF8 by
#         unsigned bytes) and https://github.com/apache/parquet-format/blob/master/LogicalTypes.md (DATE, UINT_32).
# For us: rows of foreign Parquet files are read whole; a filter of ours is never handed down to a file's statistics.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @dsnp/parquetjs@1.8.8 >/dev/null
cat > write.cjs <<'END'
const { ParquetSchema, ParquetWriter } = require('@dsnp/parquetjs')
async function write(file, type, values) {
  try {
    const writer = await ParquetWriter.openFile(new ParquetSchema({ name: { type } }), file)
    for (const value of values) await writer.appendRow({ name: value })
    await writer.close()
  } catch (e) {
    console.log(`${file}: ${e.constructor.name} ${e.code}`)
  }
}
(async () => {
  await write('texts.parquet', 'UTF8', ['Abe', '\uff5e', '\u{20bb7}'])
  await write('dates.parquet', 'DATE', [new Date('1969-12-31T12:00:00Z'), new Date('2026-01-01T12:00:00Z')])
  await write('numbers.parquet', 'UINT_32', [4294967295])
})()
END
node write.cjs > seen.txt
. "$project/findings/duckdb.sh"
duckdb 2.0.0.1 >> seen.txt <<'END'
SELECT count(*) FROM 'texts.parquet' WHERE name = chr(134071)

SELECT count(*) FROM 'texts.parquet' WHERE unicode(name) = 134071

SELECT name FROM 'dates.parquet'
END
cat seen.txt
diff seen.txt - <<'END'
numbers.parquet: RangeError ERR_OUT_OF_RANGE
0
1
1970-01-01
2026-01-01
END
echo "as found: @dsnp/parquetjs 1.8.8, DuckDB 2.0.0"
