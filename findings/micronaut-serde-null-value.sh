#!/usr/bin/env bash
# Micronaut Serialization: a record's component that may be null, of a type that is written as one value (@JsonValue).
#
# Guess:  null is left out, as is every other null with the default inclusion, or written as null.
# Seen:   with 2.16.2 (platform 4.10.17) writing the record fails with SerdeException, because the method of @JsonValue is
#         called on null. A null of a plain record, or of a list of such values, is left out.
# Source: the package itself; https://micronaut-projects.github.io/micronaut-serialization/latest/guide/ names @JsonValue
#         among the annotations that are supported, and NON_EMPTY as the default inclusion.
# For us: what may be null and has a text of its own stands in messages and answers as that text.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
. "$project/.mvn/find-jdk.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/src/main/java/finding"
cd "$folder"
cat > pom.xml <<'END'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>io.micronaut.platform</groupId><artifactId>micronaut-platform</artifactId><version>4.10.17</version>
        <type>pom</type><scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>
    <dependency><groupId>io.micronaut</groupId><artifactId>micronaut-inject</artifactId><version>4.10.26</version></dependency>
    <dependency><groupId>io.micronaut.serde</groupId><artifactId>micronaut-serde-jackson</artifactId><version>2.16.2</version></dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <artifactId>maven-compiler-plugin</artifactId>
        <version>3.16.0</version>
        <configuration>
          <annotationProcessorPathsUseDepMgmt>true</annotationProcessorPathsUseDepMgmt>
          <annotationProcessorPaths>
            <path><groupId>io.micronaut</groupId><artifactId>micronaut-inject-java</artifactId><version>4.10.26</version></path>
            <path><groupId>io.micronaut.serde</groupId><artifactId>micronaut-serde-processor</artifactId><version>2.16.2</version></path>
          </annotationProcessorPaths>
        </configuration>
      </plugin>
    </plugins>
  </build>
</project>
END
cat > src/main/java/finding/Try.java <<'END'
package finding;
import com.fasterxml.jackson.annotation.JsonValue;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

public class Try {
    @Serdeable
    record Month(int year, int month) {
        @JsonValue
        String text() {
            return "%04d-%02d".formatted(year, month);
        }
    }

    @Serdeable
    record Plain(int year) {}

    @Serdeable
    record OfValue(String name, @Nullable Month month) {}

    @Serdeable
    record OfRecord(String name, @Nullable Plain plain) {}

    @Serdeable
    record OfList(String name, @Nullable List<Month> months) {}

    public static void main(String[] args) {
        for (Object each : List.of(
                new OfValue("there", new Month(2026, 1)),
                new OfRecord("absent", null),
                new OfList("absent", null),
                new OfValue("absent", null))) {
            System.out.println(each + ": " + written(each));
        }
    }

    private static String written(Object value) {
        try {
            return ObjectMapper.getDefault().writeValueAsString(value);
        } catch (Exception e) {
            return e.getClass().getSimpleName();
        }
    }
}
END
"$project/mvnw" -B -ntp -q -f pom.xml compile dependency:copy-dependencies -DoutputDirectory=jars >&2
"$JAVA_HOME/bin/java" -cp 'target/classes:jars/*' finding.Try 2>/dev/null | tee seen
diff seen - <<'END'
OfValue[name=there, month=Month[year=2026, month=1]]: {"name":"there","month":"2026-01"}
OfRecord[name=absent, plain=null]: {"name":"absent"}
OfList[name=absent, months=null]: {"name":"absent"}
OfValue[name=absent, month=null]: SerdeException
END
echo "as found: micronaut-serde-jackson 2.16.2"
