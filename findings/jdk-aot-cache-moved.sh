#!/usr/bin/env bash
# An AOT cache of the JDK whose jars and cache have been moved together since, as they are from a build into an image.
#
# Guess:  the JVM either refuses the cache, or takes it, and a class says where its jar is now: getCodeSource().getLocation().
# Seen:   with JDK 25 the cache is taken, without a word, and a class that comes from it says where its jar was when the cache was
#         made, or null when there is nothing any more. So DuckDB's driver 2.0.0.1, which looks beside its jar for its library, finds
#         that of the place before, or none, while without a cache it finds the one beside it.
# Source: JEP 483 lets the class path of the run differ from the training's by what comes after it; java.security.CodeSource is the
#         location from which the class was loaded.
# For us: the images name DuckDB's library by -Djava.library.path, and ./millrace takes its cache only where it was made.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=org.duckdb:duckdb_jdbc:2.0.0.1 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Where.java <<'END'
import java.net.URL;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;

public class Where {
    public static void main(String[] none) throws Exception {
        Class<?> driver = Class.forName("org.duckdb.DuckDBResultSet", false, Where.class.getClassLoader());
        URL jar = driver.getProtectionDomain().getCodeSource().getLocation();
        System.out.println("the class says: "
                + (jar == null ? "null" : Path.of(jar.toURI()).getParent().getFileName()));
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            System.out.println("DuckDB's library: found");
        } catch (Throwable e) {
            System.out.println("DuckDB's library: not found");
        }
    }
}
END
mkdir built classes
"$JAVA_HOME/bin/javac" -d classes Where.java
(cd classes && "$JAVA_HOME/bin/jar" xf ../duckdb_jdbc-2.0.0.1.jar)
arch=$(uname -m | sed 's/x86_64/amd64/;s/aarch64/arm64/')
mv "classes/libduckdb_java.so_linux_$arch" built/
rm classes/libduckdb_java.so_*
"$JAVA_HOME/bin/jar" cf built/all.jar -C classes .
call() {
  "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED "${@:2}" -cp "$1/all.jar" Where
}
call built -XX:AOTCacheOutput=built/all.aot >log.txt 2>&1 || { cat log.txt >&2; exit 1; }
cp -a built copied # times are kept: a cache is refused for a jar with another one
{
  echo "where it was made"
  call built -XX:AOTMode=on -XX:AOTCache=built/all.aot
  echo "a copy"
  call copied -XX:AOTMode=on -XX:AOTCache=copied/all.aot
  rm -r built
  echo "a copy, when the place where it was made is gone"
  call copied -XX:AOTMode=on -XX:AOTCache=copied/all.aot
  echo "a copy, without the cache"
  call copied
} > seen.txt
cat seen.txt
diff seen.txt - <<'END'
where it was made
the class says: built
DuckDB's library: found
a copy
the class says: built
DuckDB's library: found
a copy, when the place where it was made is gone
the class says: null
DuckDB's library: not found
a copy, without the cache
the class says: copied
DuckDB's library: found
END
echo "as found"
