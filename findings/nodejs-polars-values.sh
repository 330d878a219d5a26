#!/usr/bin/env bash
# nodejs-polars, the data frames of Polars in JavaScript: values that are changed without an error.
#
# Guess:  a BigInt keeps its sign; a number that a type can't hold, or a text among numbers, is refused, as Polars does in
#         Python and Rust; records of which a later one has a field more keep it.
# Seen:   with 0.26.1 -9007199254740993n becomes 9007199254740993n; 3000000000 as Int32 becomes -1294967296 and 2.5 as Int64
#         becomes 2, though 300 as Int8 becomes null; a text after 150 numbers becomes null, a field that only later records
#         have is gone, from objects as from JSON lines; an INT64 of a CSV file above 2^53 is given as a rounded number.
# Source: https://docs.pola.rs/api/python/stable/reference/series/index.html (strict, by default: an error).
# For us: Millrace looks at each value of each record, not at the first hundred, and `contract: evolve` adds late fields.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . nodejs-polars@0.26.1 nodejs-polars-linux-x64-gnu@0.26.1
cat > values.mjs <<'END'
import pl from 'nodejs-polars'

const show = (what, value) => console.log(what, '->', typeof value === 'bigint' ? `${value}n` : JSON.stringify(value))
const late = last => Array.from({ length: 200 }, (_, i) => i < 150 ? { a: 1 } : last)
const lastOf = frame => frame.tail(1).toRecords()[0]

show('-9007199254740993n', pl.DataFrame([{ a: -9007199254740993n }]).toRecords()[0].a)
show('300 as Int8', pl.Series('a', [300], pl.Int8).toArray()[0])
show('3000000000 as Int32', pl.Series('a', [3000000000], pl.Int32).toArray()[0])
show('2.5 as Int64', pl.Series('a', [2.5], pl.Int64).toArray()[0])
show('a text after numbers', lastOf(pl.DataFrame(late({ a: 'x' }))))
show('a late field', lastOf(pl.DataFrame(late({ a: 1, b: 2 }))))
const lines = late({ a: 1, b: 2 }).map(record => JSON.stringify(record)).join('\n')
show('a late field of JSON lines', lastOf(pl.readJSON(Buffer.from(lines), { format: 'lines', inferSchemaLength: 100 })))
show('9007199254740993 of CSV', pl.readCSV(Buffer.from('a\n9007199254740993\n')).toRecords()[0].a)
END
node values.mjs > seen.txt
cat seen.txt
diff seen.txt - <<'END'
-9007199254740993n -> 9007199254740993n
300 as Int8 -> null
3000000000 as Int32 -> -1294967296
2.5 as Int64 -> 2
a text after numbers -> {"a":null}
a late field -> {"a":1}
a late field of JSON lines -> {"a":1}
9007199254740993 of CSV -> 9007199254740992
END
echo "as found: nodejs-polars 0.26.1"
