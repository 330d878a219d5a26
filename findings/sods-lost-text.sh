#!/usr/bin/env bash
# SODS, a reader and writer of OpenDocument spreadsheets: tabs, line breaks, and files without styles.
#
# Guess:  a text comes back as it was written, as its spaces and paragraphs do; a file without the optional element
#         `office:automatic-styles` is read like any other.
# Seen:   with 1.7.0 "a<tab>b" is written as `<text:tab/>` and read as "ab", and `<text:line-break/>` is lost likewise. A
#         file without `office:automatic-styles` has no sheets, without an error.
# Source: OpenDocument 1.2 part 1, 6.1.4 (text:tab), 6.1.5 (text:line-break), 3.1.3.2 (automatic styles are optional).
# For us: spreadsheets of this format would be read by our own streaming reader, with these elements in its tests.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$project/mvnw" -B -q dependency:copy -Dartifact=com.github.miachm.sods:SODS:1.7.0 -DoutputDirectory=. >&2
. "$project/.mvn/find-jdk.sh"
cat > Text.java <<'END'
import com.github.miachm.sods.Sheet;
import com.github.miachm.sods.SpreadSheet;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;

class Text {
    static void main() throws Exception {
        write("two  spaces");
        read("two spaces");
        write("a\nb");
        read("two paragraphs");
        write("a\tb");
        read("a tab");
        write("ab");
        edit("ab</text:p>", "a<text:line-break/>b</text:p>");
        read("a line break");
        write("ab");
        edit("(?s)<office:automatic-styles>.*</office:automatic-styles>", "");
        read("no automatic styles");
    }

    private static void write(String text) throws Exception {
        SpreadSheet file = new SpreadSheet();
        Sheet sheet = new Sheet("sheet", 1, 1);
        sheet.getRange(0, 0).setValue(text);
        file.appendSheet(sheet);
        file.save(new File("text.ods"));
    }

    private static void edit(String what, String by) throws Exception {
        try (var zip = FileSystems.newFileSystem(Path.of("text.ods"))) {
            Path content = zip.getPath("content.xml");
            String before = Files.readString(content);
            String after = before.replaceAll(what, by);
            if (after.equals(before)) {
                throw new AssertionError("not there: " + what);
            }
            Files.write(content, after.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void read(String what) throws Exception {
        SpreadSheet file = new SpreadSheet(new File("text.ods"));
        String seen = file.getNumSheets() == 0 ? "no sheets" : (String) file.getSheet(0).getRange(0, 0).getValue();
        System.out.println(what + " -> " + seen.replace("\n", "\\n").replace("\t", "\\t"));
    }
}
END
"$JAVA_HOME/bin/java" -cp '*' Text.java > seen.txt
cat seen.txt
diff seen.txt - <<'END'
two spaces -> two  spaces
two paragraphs -> a\nb
a tab -> ab
a line break -> ab
no automatic styles -> no sheets
END
echo "as found: SODS 1.7.0"
