package dev.millrace.pipeline.format;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.List;

/**
 * How the cells of a wide table are records: each that isn't empty is one. Its fields are the texts that name its row, the cells
 * of the header above it, and the cell itself.
 *
 * @param ids what names a row; the columns to the left of the first one with values have it, or those that are named
 * @param names of the fields that the header's cells get, one for each of its rows
 * @param value name of the field that the cell gets
 * @param heading name of the field with the texts of the rows without values above a row, which are joined; null: such rows
 *     are left out
 */
@Serdeable
@Doc("Makes a record of each cell of a wide table, as UNPIVOT of SQL does.")
public record Unpivot(
        @Doc("The fields that name a row.") List<Id> ids,

        @Doc("The fields that get the header's cells, one for each of its rows.")
        List<String> names,

        @Default("value") @Doc("The field that gets the cell.")
        String value,

        @Doc("The field that gets the texts of the rows without values above the row; by default they are left out.")
        @Nullable
        String heading) {
    public Unpivot {
        ids = List.copyOf(ids);
        names = List.copyOf(names);
        Checks checks = new Checks();
        checks.that(!ids.isEmpty(), "ids", "none", "at least one field that names a row");
        checks.that(!value.isEmpty(), "value", value, "the name of a field");
        checks.that(
                ids.stream().filter(Id::isTheRest).count() <= 1,
                "ids",
                "several without header and matches",
                "one at most, which gets the last text that the others leave");
        checks.that(
                ids.stream().noneMatch(id -> id.header() != null)
                        || ids.stream().allMatch(id -> id.header() != null),
                "ids",
                "some with header",
                "all with header, or none");
        checks.done();
    }

    /** The names of a record's fields, in their order; an empty one is of a field that nobody reads. */
    public List<String> fields() {
        List<String> fields = new ArrayList<>();
        if (heading != null) {
            fields.add(heading);
        }
        ids.forEach(id -> fields.add(id.name()));
        fields.addAll(names);
        fields.add(value);
        return fields;
    }

    /**
     * A field that names a row.
     *
     * @param header text of the column's header, with * for anything; null: any column before those with values
     * @param matches regular expression of the whole text; null: the last text that no other takes
     */
    @Serdeable
    @Doc("A field that names a row.")
    public record Id(
            @Doc("Name of the field.") String name,

            @Doc("Text of the header above it, with * for anything.") @Nullable
            String header,

            @Doc("Regular expression of its texts, where it is in no column of its own.") @Nullable
            String matches) {
        public Id {
            Checks checks = new Checks();
            checks.that(!name.isEmpty(), "name", name, "the name of a field");
            checks.that(header == null || !header.isBlank(), "header", header, "the text of a cell");
            checks.that(matches == null || ExcelHeader.isPattern(matches), "matches", matches, "a regular expression");
            checks.that(header == null || matches == null, "matches", matches, "nothing beside header");
            checks.done();
        }

        boolean isTheRest() {
            return header == null && matches == null;
        }
    }
}
