#!/usr/bin/env bash
# DuckDB 2.0's type VARIANT, on the way JSON -> VARIANT -> JSON, and in Parquet.
#
# Guess:  a number that no integer or double holds keeps its text, or the cast fails; of doubled keys the cast complains;
#         what comes back is JSON again.
# Seen:   with 2.0.0 numbers that are neither INT64 nor UINT64 become doubles: 18446744073709551616 comes back as
#         18446744073709552000.0, 0.1234567890123456789 as 0.12345678901234568, 1.10 as 1.1. 1e400 comes back as a bare
#         Infinity, which is no JSON. Of a doubled key the last value is kept, and keys come back sorted. A DECIMAL
#         that is cast to VARIANT by itself keeps its scale; so the loss is the JSON reader's.
# Source: https://github.com/apache/parquet-format/blob/master/VariantEncoding.md has decimals of up to 38 digits, which
#         could have held each of the finite numbers above.
# For us: VARIANT is no exact store for an API's documents, in DuckDB or as Parquet made from it. JSON columns stay text.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
. "$project/findings/duckdb.sh"
duckdb 2.0.0.1 > seen.txt <<'END'
SELECT '{"z": 18446744073709551615, "n": 18446744073709551616, "d": 0.1234567890123456789, "p": 1.10}'::JSON::VARIANT::JSON

SELECT '{"c": 1e400}'::JSON::VARIANT::JSON

SELECT '{"a": 1, "a": 2}'::JSON::VARIANT::JSON

SELECT (12.50::DECIMAL(10,2))::VARIANT::JSON

COPY (SELECT '{"d": 0.1234567890123456789}'::JSON::VARIANT AS v) TO 'v.parquet' (FORMAT parquet)

SELECT v::JSON, typeof(v) FROM 'v.parquet'
END
cat seen.txt
diff seen.txt - <<'END'
{"d":0.12345678901234568,"n":18446744073709552000.0,"p":1.1,"z":18446744073709551615}
{"c":Infinity}
{"a":2}
12.50
{"d":0.12345678901234568} | VARIANT
END
echo "as found: DuckDB 2.0.0"
