#!/usr/bin/env bash
# A JVM's AOT cache whose training run used the first compiler tier only, in a run that may use all of them.
#
# Guess:  the cache saves loading, linking and the first profile; the tiers that a training run had don't matter later.
#         What runs for long is compiled by C2 as ever, a little earlier.
# Seen:   with 25.0.3 the methods that the training run compiled stay at tier 1, the compiler without profiling, for the
#         whole life of the process: the loop of a JSON parser is never compiled by C2 and takes a multiple of the time.
#         A cache trained with all tiers, or read with -XX:-AOTReplayTraining (a diagnostic flag), has them at tier 4.
# Source: https://openjdk.org/jeps/515 (profiles of the training run are replayed; "the JVM continues to profile"), and
#         https://openjdk.org/jeps/514 for -XX:AOTCacheOutput; neither names a restriction on the tiers of training.
# For us: -XX:TieredStopAtLevel=1, which starts commands fastest, must not be on in the run that makes the cache:
#         shaping of records took three times its processor time under `./millrace start`.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=com.fasterxml.jackson.core:jackson-core:2.21.5 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Parse.java <<'END'
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;

class Parse {
    public static void main(String[] rounds) throws Exception {
        JsonFactory factory = new JsonFactory();
        byte[] record = "{\"id\":17,\"name\":\"amber\",\"tags\":[\"birch\",\"cobalt\"],\"paid\":true}".getBytes("UTF-8");
        long tokens = 0;
        long start = System.nanoTime();
        for (int i = 0; i < Integer.parseInt(rounds[0]); i++) {
            try (JsonParser json = factory.createParser(record)) {
                while (json.nextToken() != null) {
                    tokens++;
                }
            }
        }
        System.err.println(tokens + " tokens in " + (System.nanoTime() - start) / 1_000_000 + " ms");
    }
}
END
"$JAVA_HOME/bin/javac" -cp jackson-core-2.21.5.jar Parse.java
"$JAVA_HOME/bin/jar" cf parse.jar Parse.class
java() {
  "$JAVA_HOME/bin/java" -XX:+UseSerialGC "$@" -cp parse.jar:jackson-core-2.21.5.jar Parse "$rounds"
}
# The highest tier at which the parser's nextToken is compiled, other than for one loop.
tier() {
  java -XX:+PrintCompilation "$@" 2>&1 |
    awk '$0 ~ /UTF8StreamJsonParser::nextToken / && $0 !~ /%/ { for (i = 2; i <= 5; i++) if ($i ~ /^[1-4]$/ && $i > top) top = $i }
         / tokens in / { print > "/dev/stderr" } END { print top }'
}

"$JAVA_HOME/bin/java" -version
rounds=20000
java -XX:TieredStopAtLevel=1 -XX:AOTCacheOutput=first.aot >&2
java -XX:AOTCacheOutput=all.aot >&2
rounds=3000000
{
  echo "no cache: tier $(tier)"
  echo "trained with the first tier: tier $(tier -XX:AOTCache=first.aot)"
  echo "the same without its profiles: tier $(tier -XX:AOTCache=first.aot -XX:+UnlockDiagnosticVMOptions -XX:-AOTReplayTraining)"
  echo "trained with all tiers: tier $(tier -XX:AOTCache=all.aot)"
} > seen.txt
cat seen.txt
diff seen.txt - <<'END'
no cache: tier 4
trained with the first tier: tier 1
the same without its profiles: tier 4
trained with all tiers: tier 4
END
echo "as found"
