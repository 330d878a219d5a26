#!/usr/bin/env bash
# Google's Storage Write API client for Java: JSON rows made into protocol buffers by its JsonStreamWriter.
#
# Guess:  what a column can't hold is refused for every type, as it is for DATETIME, TIME, NUMERIC and INTEGER.
# Seen:   with 3.31.0 a TIMESTAMP with nanoseconds is cut to microseconds and FLOAT "1e400" becomes infinite, both without
#         an error, while the same digits in DATETIME, TIME and NUMERIC, and 1.0 for INTEGER, are refused. DATETIME takes
#         24:00:00 as the next day, which TIME refuses; a JSON column takes a text that is no JSON (the server judges it).
# Source: https://docs.cloud.google.com/bigquery/docs/write-api-streaming (JsonStreamWriter) and
#         https://docs.cloud.google.com/bigquery/docs/supported-data-types (conversions of the Write API).
# For us: the client is no check of values. Millrace decides on each value before anything is sent, by `excess`.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > pom.xml <<'END'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>findings</groupId>
  <artifactId>findings</artifactId>
  <version>1</version>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>com.google.cloud</groupId>
        <artifactId>libraries-bom</artifactId>
        <version>26.86.0</version>
        <type>pom</type>
        <scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>
    <dependency>
      <groupId>com.google.cloud</groupId>
      <artifactId>google-cloud-bigquerystorage</artifactId>
    </dependency>
  </dependencies>
</project>
END
"$project/mvnw" -B -q -f pom.xml dependency:copy-dependencies -DoutputDirectory=lib >&2
. "$project/.mvn/find-jdk.sh"
cat > Rows.java <<'END'
import com.google.cloud.bigquery.storage.v1.BQTableSchemaToProtoDescriptor;
import com.google.cloud.bigquery.storage.v1.CivilTimeEncoder;
import com.google.cloud.bigquery.storage.v1.JsonToProtoMessage;
import com.google.cloud.bigquery.storage.v1.TableFieldSchema;
import com.google.cloud.bigquery.storage.v1.TableSchema;
import org.json.JSONObject;

class Rows {
    static void main() throws Exception {
        show(TableFieldSchema.Type.TIMESTAMP, "2026-01-01T00:00:00.123456789Z");
        show(TableFieldSchema.Type.DATETIME, "2026-01-01T00:00:00.123456789");
        show(TableFieldSchema.Type.TIME, "00:00:00.123456789");
        show(TableFieldSchema.Type.NUMERIC, "0.1234567891");
        show(TableFieldSchema.Type.DOUBLE, "1e400");
        show(TableFieldSchema.Type.INT64, 1.0);
        show(TableFieldSchema.Type.DATETIME, "2026-01-01T24:00:00");
        show(TableFieldSchema.Type.TIME, "24:00:00");
        show(TableFieldSchema.Type.JSON, "not json");
    }

    private static void show(TableFieldSchema.Type type, Object value) throws Exception {
        var schema = TableSchema.newBuilder()
                .addFields(TableFieldSchema.newBuilder()
                        .setName("v")
                        .setType(type)
                        .setMode(TableFieldSchema.Mode.NULLABLE))
                .build();
        var message = BQTableSchemaToProtoDescriptor.convertBQTableSchemaToProtoDescriptor(schema);
        String seen;
        try {
            Object field = JsonToProtoMessage.INSTANCE
                    .convertToProtoMessage(message, schema, new JSONObject().put("v", value), false)
                    .getField(message.findFieldByName("v"));
            seen = "-> " + (type == TableFieldSchema.Type.DATETIME
                    ? CivilTimeEncoder.decodePacked64DatetimeMicrosLocalDateTime((Long) field)
                    : field);
        } catch (RuntimeException e) {
            seen = "is refused";
        }
        System.out.println(type + " " + value + " " + seen);
    }
}
END
"$JAVA_HOME/bin/java" -cp 'lib/*' Rows.java 2>/dev/null > seen.txt
cat seen.txt
diff seen.txt - <<'END'
TIMESTAMP 2026-01-01T00:00:00.123456789Z -> 1767225600123456
DATETIME 2026-01-01T00:00:00.123456789 is refused
TIME 00:00:00.123456789 is refused
NUMERIC 0.1234567891 is refused
DOUBLE 1e400 -> Infinity
INT64 1.0 is refused
DATETIME 2026-01-01T24:00:00 -> 2026-01-02T00:00
TIME 24:00:00 is refused
JSON not json -> not json
END
echo "as found: google-cloud-bigquerystorage 3.31.0"
