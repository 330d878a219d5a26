#!/usr/bin/env bash
# DuckDB's json_valid and its JSON type, on texts that RFC 8259 doesn't know.
#
# Guess:  json_valid is false for whatever RFC 8259 refuses, and a cast to JSON fails.
# Seen:   with 2.0.0 json_valid('[1,]') is true, so are NaN, Infinity and nan by itself; a leading plus, a leading
#         point, leading zeros, quotes of the wrong kind and comments are refused. The cast keeps the text as it stands,
#         so a column of type JSON can hold what no other reader takes; a DOUBLE that isn't finite becomes such a text.
# Source: https://www.rfc-editor.org/rfc/rfc8259#section-6 and #section-4;
#         https://duckdb.org/docs/stable/data/json/json_functions ("whether json is valid JSON").
# For us: a check for "valid JSON" before BigQuery can't be json_valid. Millrace reads JSON columns by its own strict
#         reader before the engine has them.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
. "$project/findings/duckdb.sh"
duckdb 2.0.0.1 > seen.txt <<'END'
SELECT json_valid('[1,]'), json_valid('{"a": NaN}'), json_valid('{"a": Infinity}'), json_valid('nan')

SELECT json_valid('[+1]'), json_valid('[.5]'), json_valid('[01]'), json_valid('{''a'': 1}'), json_valid('[1] // one')

SELECT '[1,]'::JSON, '{"a": NaN}'::JSON, to_json({'x': 'Infinity'::DOUBLE})
END
cat seen.txt
diff seen.txt - <<'END'
true | true | true | true
false | false | false | false | false
[1,] | {"a": NaN} | {"x":Infinity}
END
echo "as found: DuckDB 2.0.0"
