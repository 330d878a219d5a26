package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R2.6: tables are backed up and restored, as who calls the command line sees it. */
class BackupTest {
    private static final String IDS = "SELECT id FROM shop.orders ORDER BY id";
    private static final Pattern MADE = Pattern.compile("backup ([0-9a-f-]{36}) of shop.orders has ([0-9]+) rows");

    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        millrace = new MillraceUnderTest(folder);
        millrace.pipeline("shop", """
            version: 1
            name: shop
            source: {type: files, folder: %s}
            endpoints:
              orders:
                files: {pattern: "*.csv", read: new, format: {type: csv}}
                destination: {table: shop.orders, write: append}
                schema: [{name: id, type: INTEGER, mode: REQUIRED}]
            """.formatted(folder.resolve("data")));
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private void run(String file, String text) throws Exception {
        Files.writeString(folder.resolve("data/" + file), text);
        MillraceUnderTest.Called called = millrace.call("run", "shop");
        assertThat(called.exitCode()).as(called.err()).isZero();
    }

    private String backUp(String format) throws Exception {
        MillraceUnderTest.Called called = millrace.call("backup", "shop.orders", "--format=" + format);
        assertThat(called.exitCode()).as(called.err()).isZero();
        Matcher made = MADE.matcher(called.out());
        assertThat(made.find()).as(called.out()).isTrue();
        return made.group(1);
    }

    @Test
    void aTableAndWhatItsNextRunReadsComeBack() throws Exception {
        run("a.csv", "id\n1\n2\n");
        String first = backUp("avro");
        run("b.csv", "id\n3\n");
        String second = backUp("parquet");
        assertThat(millrace.call("backups", "shop.orders").out())
                .containsSubsequence(second, "shop.orders", "parquet", "3", first, "shop.orders", "avro", "2");

        MillraceUnderTest.Called restored = millrace.call("restore", "shop.orders", "--backup=" + first);
        assertThat(restored.exitCode()).as(restored.err()).isZero();
        assertThat(restored.out()).contains("shop.orders has the 2 rows of backup " + first);
        assertThat(millrace.query(IDS)).containsExactly(List.of("1"), List.of("2"));
        run("c.csv", "id\n4\n");
        assertThat(millrace.query(IDS))
                .as("b.csv is new again, a.csv is not")
                .containsExactly(List.of("1"), List.of("2"), List.of("3"), List.of("4"));

        assertThat(millrace.call("restore", "shop.orders", "--as=shop.january").out())
                .contains("shop.january has the 3 rows of backup " + second);
        assertThat(millrace.query("SELECT count(*) FROM shop.january")).containsExactly(List.of("3"));
        assertThat(millrace.query("SELECT count(*) FROM shop.orders")).containsExactly(List.of("4"));
        assertThat(millrace.call("runs").out()).contains("shop/orders");
    }

    @Test
    void whatCannotBeDoneIsSaid() throws Exception {
        assertThat(millrace.call("backup", "shop.carts").err()).contains("TABLE_UNKNOWN", "[shop.orders]");
        assertThat(millrace.call("backup", "shop.orders", "--format=csv").err())
                .contains("format: 'csv' (expected: avro or parquet)");
        MillraceUnderTest.Called early = millrace.call("backup", "shop.orders");
        assertThat(early.exitCode()).isNotZero();
        assertThat(early.err()).contains("BACKUP_REFUSED", "there is no table shop.orders yet");
        assertThat(millrace.call("backups").out()).contains("no backups");
        assertThat(millrace.call("restore", "shop.orders").err())
                .contains("BACKUP_UNKNOWN", "no backup of shop.orders");
        run("a.csv", "id\n1\n");
        String made = backUp("avro");
        assertThat(millrace.call("restore", "shop.orders", "--as=shop.orders").err())
                .contains("a table that a pipeline loads");
        assertThat(millrace.call("restore", "shop.orders", "--as=orders").err())
                .contains("as: 'orders' (expected: dataset.table");
        assertThat(millrace.call("restore", "shop.orders", "--backup=none").err())
                .contains("no backup 'none' of shop.orders", made);
        assertThat(millrace.call("rollback", made).err()).contains("ROLLBACK_REFUSED", "it is a backup");
    }
}
