package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTableTest {
    @Test
    void alignsTextLeftAndNumbersRight() {
        TextTable table = new TextTable(TextTable.text("NAME"), TextTable.number("ROWS"))
                .row("short", 7)
                .row("much longer", 12345);

        assertThat(table.lines(80)).containsExactly("NAME          ROWS", "short            7", "much longer  12345");
    }

    @Test
    void shortensTextButNeitherIdsNorNumbersToEightyCharacters() {
        String id = "i".repeat(36);
        TextTable table = new TextTable(TextTable.id("RUN"), TextTable.text("TEXT"), TextTable.number("N"))
                .row(id, "x".repeat(100), 123_456_789);

        assertThat(table.lines(80)).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        assertThat(table.lines(80).getLast()).startsWith(id).contains("x…").endsWith("123456789");
        assertThat(table.lines(Integer.MAX_VALUE).getLast())
                .as("in a pipe")
                .startsWith(id)
                .doesNotContain("…");
    }

    @Test
    void showsMissingValuesAndNoControlCharacters() {
        TextTable table = new TextTable(TextTable.text("A"), TextTable.text("B")).row(null, "red \u001b[31m\nline");

        assertThat(table.lines(80).getLast()).isEqualTo("NULL  red \ufffd[31m\ufffdline");
    }
}
