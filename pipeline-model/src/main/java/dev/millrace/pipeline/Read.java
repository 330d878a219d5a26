package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What one endpoint reads of the pipeline's {@link Source}: there is one of these for each kind of source, of the same
 * name. In the pipeline file its keys stand in the endpoint itself.
 */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface Read {
    /**
     * The key in which a text stands that depends on the day of the run.
     *
     * @param about of the texts that may have a {@link DayReference}
     * @return null: there is none
     */
    @Nullable
    String keyWithDay(Predicate<String> about);

    /** How much of it a run reads. */
    Scope scope();

    /** The column or path by which a run finds what is new; null: it reads everything. */
    @Nullable
    String cursorName();

    /** The key of the endpoint that makes runs read only what is new. */
    default String keyOfCursor() {
        return "cursor";
    }

    /** Whether the fields of the records don't nest, so that what a column is read from is a name and no path. */
    boolean isFlat();

    /** The key that would name the fields of the records; null: they have names. */
    @Nullable
    String keyForNames();

    /**
     * The same, of records whose fields have names.
     *
     * @param fields names for those that have none, in their order
     */
    Read named(List<String> fields);

    /** What a column can hold of the place where a record was read. */
    default Set<Column.Metadata> places() {
        return Set.of();
    }

    /** Queries that it asks the warehouse, in its dialect, by the keys of the endpoint in which they stand. */
    default Map<String, String> warehouseQueries() {
        return Map.of();
    }

    /**
     * Whether it has a key that changes what is read, and that an extractor of an earlier version doesn't know: one that
     * ignored it would read something else.
     */
    default boolean mightBeOverlooked() {
        return false;
    }

    /**
     * Notes what is wrong beside the columns of all tables that are made of it; fields are those of the endpoint.
     *
     * @param paths that they read, as a file has them, which may be none
     * @param found whether some columns are found by ways that only the records tell
     */
    default void checkColumns(Checks checks, List<String> paths, boolean found) {}

    /**
     * Why no record can have a value at a path, as what should stand there instead; null: some may.
     *
     * @param path as a file has it, which may be none
     */
    default @Nullable String lacking(String path) {
        return null;
    }

    /**
     * The same, as services that don't have the pipeline file understand it.
     *
     * @param folder of the pipeline file, absolute
     */
    default Read in(Path folder) {
        return this;
    }

    /**
     * The same, complete in itself.
     *
     * @param others what the endpoints of the file read, this one included
     * @throws InvalidValue when they lack what it needs; its fields are those of the endpoint
     */
    default Read with(Map<String, Read> others) {
        return this;
    }

    /** One SELECT in the warehouse's dialect whose rows have to be known to read the source; null: there is none. */
    default @Nullable String warehouseQuery() {
        return null;
    }

    /**
     * What reads records of the same form out of an object in staging.
     *
     * @param object its name
     * @param lines whether each line is a JSON object, be the form what it may
     * @return null when such records can't be taken
     */
    default @Nullable Uploaded uploaded(String object, boolean lines) {
        return null;
    }

    /**
     * What reads one more file of the same form, which somebody has sent, out of an object in staging.
     *
     * @param object its name
     * @param name of the file
     * @param most records, rejected ones included, that it may have
     * @return null when files that are sent can't be taken
     */
    default @Nullable Uploaded uploadedFile(String object, String name, long most) {
        return null;
    }

    /** @param read of the same kind as the source */
    record Uploaded(Source source, Read read) {}

    /** Why what it reads can't be cut into slices, in a sentence; null: it can. */
    default @Nullable String uncut() {
        return "only files are cut into slices";
    }

    /** What may not be meant as it stands; fields are those of the endpoint. */
    default List<InvalidValue.Violation> warnings() {
        return List.of();
    }

    /** How much of what is read a run reads. */
    enum Scope {
        EVERYTHING,
        /** What no run before it has read, by a cursor. */
        NEW,
        /** The same, and some of what a run before it has read once more. */
        NEW_AND_SOME_AGAIN
    }
}
