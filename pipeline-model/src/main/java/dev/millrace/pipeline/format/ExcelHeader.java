package dev.millrace.pipeline.format;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * How the header of a table on a sheet is found. Texts are compared without line breaks, marks of footnotes and repeated
 * blanks, in any case.
 *
 * @param contains patterns of texts that its cells have, the first of them in its first row; empty: the first row that isn't
 *     empty is the first of the header
 * @param rows one below the other
 * @param footnotes regular expression of what is taken out of the header's texts, and of those that name rows; null: digits
 *     raised by Unicode, and notes in brackets
 */
@Serdeable
@Doc("The rows of a sheet that name the columns.")
public record ExcelHeader(
        @Default("[]")
        @Doc("Texts of its cells, with * for anything, the first of them in its first row; by default it is the"
                + " first row that isn't empty.")
        List<String> contains,

        @Default("1") @Doc("How many rows it has; the texts of a column are joined.")
        int rows,

        @Doc("Regular expression of the marks of footnotes in names; by default ¹, [1], [note 1], (1), * and †.")
        @Nullable
        String footnotes) {
    /** Marks that are hardly ever part of a name. */
    public static final String MARKS = "[\\u00B9\\u00B2\\u00B3\\u2070-\\u2079*\\u2020\\u2021]+"
            + "|\\[(?i:note |r|p|x)?\\d{0,3}\\]|\\(\\d{1,2}\\)";

    private static final int MOST_ROWS = 10;

    public ExcelHeader {
        contains = List.copyOf(contains);
        Checks checks = new Checks();
        contains.forEach(
                text -> checks.that(!text.isBlank(), "contains", text, "the text of a cell, with * for anything"));
        checks.that(rows >= 1 && rows <= MOST_ROWS, "rows", rows, "a number of rows, 1 to " + MOST_ROWS);
        checks.that(footnotes == null || isPattern(footnotes), "footnotes", footnotes, "a regular expression");
        checks.done();
    }

    static boolean isPattern(String expression) {
        try {
            Pattern _ = Pattern.compile(expression);
            return true;
        } catch (PatternSyntaxException e) {
            return false;
        }
    }
}
