#!/usr/bin/env bash
# Maven Surefire with JUnit Jupiter: for how long what an extension keeps in the root's store lives, in one forked process
# that runs several classes.
#
# Guess:  until the last class of the process has run, in each of two processes as in one: so JUnit's guide describes the
#         root's store, which is where a database for all tests is put.
# Seen:   with Surefire 3.6.1 and JUnit 5.14.4, one process (forkCount 1) opens and closes it once for four classes. Two
#         processes (forkCount 2, reuseForks true) open and close it four times in all: a process that is reused calls
#         JUnit anew for each class that it is handed, and the store ends with each call. A static field lives on.
# Source: https://docs.junit.org/5.14.4/user-guide/#extensions-keeping-state and
#         https://maven.apache.org/surefire/maven-surefire-plugin/examples/fork-options-and-parallel-execution.html
# For us: PostgreSQL was started for each class of the gateway's tests where once for each process was meant. It belongs to
#         the process now.
set -euo pipefail
maven=$(cd "$(dirname "$0")/.." && pwd)/mvnw
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/src/test/java"
cd "$folder"
cat > pom.xml <<'END'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>try</groupId>
  <artifactId>try</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.release>21</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>org.junit.jupiter</groupId>
      <artifactId>junit-jupiter</artifactId>
      <version>5.14.4</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <artifactId>maven-surefire-plugin</artifactId>
        <version>3.6.1</version>
      </plugin>
    </plugins>
  </build>
</project>
END
cat > src/test/java/Kept.java <<'END'
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

public class Kept implements BeforeAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot()
                .getStore(ExtensionContext.Namespace.create(Kept.class))
                .getOrComputeIfAbsent("kept", key -> {
                    say("open");
                    return (AutoCloseable) () -> say("close");
                });
    }

    private static void say(String what) {
        try {
            Files.writeString(
                    Path.of("said.txt"), what + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
END
for name in One Two Three Four; do
  cat > "src/test/java/${name}Test.java" <<END
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Kept.class)
class ${name}Test {
    @Test
    void passes() {}
}
END
done
for forks in 1 2; do
  rm -f said.txt
  "$maven" -B -ntp -q -f pom.xml test -DforkCount=$forks -DreuseForks=true
  echo "$forks: $(grep -c open said.txt) opened, $(grep -c close said.txt) closed"
done > seen.txt
cat seen.txt
diff seen.txt - <<'END'
1: 1 opened, 1 closed
2: 4 opened, 4 closed
END
echo "as found: Surefire 3.6.1, JUnit 5.14.4"
