#!/usr/bin/env bash
# Google's BigQuery client for JavaScript: TIMESTAMP values read from an answer, and made from a text.
#
# Guess:  the microseconds of a TIMESTAMP come through unchanged, as the client wraps them in a date of its own with
#         nanoseconds; a text with an offset counts as one with `Z`.
# Seen:   with 8.3.1 (precise-date 5.2.0) the last second before 1970 is wrong by up to one second, one after and one
#         before: -1 microsecond is read as 1970-01-01T00:00:00.999999, -999999 as 1969-12-31T23:59:58.000001. The first
#         second of year 1 falls into year 0. A text with `+01:00` instead of `Z` loses what is finer than milliseconds
#         when a query parameter or a row is made from it. All without an error.
# Source: https://docs.cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type (microseconds,
#         from 0001-01-01, and offsets in literals).
# For us: what somebody compares with such a client can differ from the table. Ours are compared as texts or INT64.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @google-cloud/bigquery@8.3.1 @google-cloud/precise-date@5.2.0 >/dev/null
cat > try.mjs <<'END'
import { BigQuery } from '@google-cloud/bigquery'
const schema = { fields: [{ name: 'at', type: 'TIMESTAMP' }] }
for (const micros of ['-1000001', '-999999', '-1', '1', '-62135596799999999']) {
  const [row] = BigQuery.mergeSchemaWithRows_(schema, [{ f: [{ v: micros }] }], { wrapIntegers: false })
  console.log(micros, row.at.value)
}
for (const text of ['2026-01-01T00:00:00.123456Z', '2026-01-01T01:00:00.123456+01:00']) {
  console.log(text, BigQuery.timestamp(text).value)
}
END
node try.mjs > seen.txt
cat seen.txt
diff seen.txt - <<'END'
-1000001 1969-12-31T23:59:58.999999000Z
-999999 1969-12-31T23:59:58.000001000Z
-1 1970-01-01T00:00:00.999999000Z
1 1970-01-01T00:00:00.000001000Z
-62135596799999999 0000-12-31T23:59:59.000001000Z
2026-01-01T00:00:00.123456Z 2026-01-01T00:00:00.123456000Z
2026-01-01T01:00:00.123456+01:00 2026-01-01T00:00:00.123Z
END
echo "as found: @google-cloud/bigquery 8.3.1"
