#!/usr/bin/env bash
# A zstd stream of several frames of which a later one is cut off, read by zstd-jni's stream.
#
# Guess:  ZstdInputStream fails with "Truncated source" where the last frame isn't complete, be it the first one or not.
# Seen:   with 1.5.7-9 it does for a single frame only. Of two frames that come in one piece, it forgets after the first that it is
#         within a frame, and takes the end of the source for the end of the data; nothing is said of what is missing.
# Source: RFC 8878, 3 (frames follow each other) and the method's own message; ZstdInputStreamNoFinalizer sets frameFinished back
#         only when it reads from its source, and not when it goes on with what it has read.
# For us: files that are packed with zstd are read by ZstdFrames, over ZstdDecompressCtx.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=com.github.luben:zstd-jni:1.5.7-9 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Cut.java <<'END'
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;

class Cut {
    public static void main(String[] none) {
        byte[] one = Zstd.compress("some rows\n".repeat(1_000).getBytes());
        byte[] two = Arrays.copyOf(one, 2 * one.length);
        System.arraycopy(one, 0, two, one.length, one.length);
        System.out.println("one frame, cut: " + read(Arrays.copyOf(one, one.length - 3)));
        System.out.println("two frames, the second cut: " + read(Arrays.copyOf(two, two.length - 3)));
    }

    private static String read(byte[] packed) {
        try (ZstdInputStream in = new ZstdInputStream(new ByteArrayInputStream(packed))) {
            int bytes = in.readAllBytes().length;
            return "no failure" + (bytes > 10_000 ? ", part of the second frame" : "");
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
END
"$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp zstd-jni-1.5.7-9.jar Cut.java > seen.txt
cat seen.txt
diff seen.txt - <<'END'
one frame, cut: Truncated source
two frames, the second cut: no failure
END
echo "as found"
