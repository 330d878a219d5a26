#!/usr/bin/env bash
# Squirreling, an SQL engine in JavaScript for Parquet files in the browser: NULL, and whole numbers of 64 bits.
#
# Guess:  conditions have SQL's three values, so that NOT of an unknown is unknown; the sum of BigInts, as which readers of
#         Parquet give INT64, is exact; an INT32 column and an INT64 column that hold the same number can be joined.
# Seen:   with 0.12.11 `NOT (n = 3)` takes the rows in which n is NULL, `n NOT IN (1, NULL)` takes rows at all; SUM of BigInts is a
#         double; the join of a number with a BigInt finds nothing, INTERSECT neither, though `IN (SELECT ...)` does.
# Source: ISO/IEC 9075-2, 8.4 (in predicate) and 6.39 (boolean value expression).
# For us: what somebody counts in a browser isn't held against what Millrace loaded, before both were asked in SQL.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . squirreling@0.12.11
cat > nulls.mjs <<'END'
import { collect, executeSql } from 'squirreling'

const numbers = [
  { id: 1, big: 9007199254740993n, n: null },
  { id: 2, big: 1n, n: 3 },
  { id: 3, big: null, n: 4 },
]
const others = [{ id: 1n }, { id: 3n }]
for (const query of [
  'SELECT id FROM numbers WHERE n = 3',
  'SELECT id FROM numbers WHERE NOT (n = 3)',
  'SELECT id FROM numbers WHERE n NOT IN (1, NULL)',
  'SELECT MAX(big) AS v FROM numbers',
  'SELECT SUM(big) AS v FROM numbers',
  'SELECT numbers.id FROM numbers JOIN others ON numbers.id = others.id',
  'SELECT id FROM numbers INTERSECT SELECT id FROM others',
  'SELECT id FROM numbers WHERE id IN (SELECT id FROM others)',
]) {
  const rows = await collect(executeSql({ tables: { numbers, others }, query }))
  console.log(query, '->', rows.map(row => String(Object.values(row)[0])).join(' ') || 'nothing')
}
END
node nulls.mjs > seen.txt
cat seen.txt
diff seen.txt - <<'END'
SELECT id FROM numbers WHERE n = 3 -> 2
SELECT id FROM numbers WHERE NOT (n = 3) -> 1 3
SELECT id FROM numbers WHERE n NOT IN (1, NULL) -> 2 3
SELECT MAX(big) AS v FROM numbers -> 9007199254740993
SELECT SUM(big) AS v FROM numbers -> 9007199254740992
SELECT numbers.id FROM numbers JOIN others ON numbers.id = others.id -> nothing
SELECT id FROM numbers INTERSECT SELECT id FROM others -> nothing
SELECT id FROM numbers WHERE id IN (SELECT id FROM others) -> 1 3
END
echo "as found: Squirreling 0.12.11"
