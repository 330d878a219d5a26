#!/usr/bin/env bash
# apache-arrow for JavaScript, tableFromJSON and vectorFromArray: what becomes of a key that a record lacks.
#
# Guess:  null, as for a key whose value is null; and a key that only a later record has becomes a field.
# Seen:   with 21.2.0 an absent key is NaN in a column of numbers, "" in one of texts, false in one of booleans, and the
#         column's nullCount stays 0. A null that is written out is null. A key inside a nested object that the first
#         record lacks is left out without a word.
# Source: the package itself; https://github.com/apache/arrow-js is its home, where arrays that are read behind their
#         end are known to give 0 for undefined (issue 59), which may be the same cause.
# For us: a file made of JSON by this library holds values that the source never sent. Millrace counts in how many
#         records a field was there, which shows a column that is always "there" beside one that is not; nothing can
#         tell a made-up "" from a real one afterwards.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund apache-arrow@21.2.0 >/dev/null
cat > try.mjs <<'END'
import { tableFromJSON } from 'apache-arrow'
for (const records of [
  [{ n: 1 }, { n: 1, other: 2 }],
  [{ n: 1, text: 'x' }, { n: 2 }],
  [{ n: 1, yes: true }, { n: 2 }],
  [{ n: 1, text: 'x' }, { n: 2, text: null }],
  [{ nested: { a: 1 } }, { nested: { a: 1, b: 2 } }],
]) {
  const table = tableFromJSON(records)
  const column = table.schema.fields.at(-1).name
  const values = [...table.getChild(column)].map(value => Object.is(value, NaN) ? 'NaN' : JSON.stringify(value))
  console.log(`${column}: ${values.join(' ')}, nulls ${table.getChild(column).nullCount}`)
}
END
node try.mjs > seen.txt
cat seen.txt
diff seen.txt - <<'END'
other: NaN 2, nulls 0
text: "x" "", nulls 0
yes: true false, nulls 0
text: "x" null, nulls 1
nested: {"a":1} {"a":1}, nulls 0
END
echo "as found: apache-arrow 21.2.0"
