package dev.millrace.task;

import dev.millrace.pipeline.Column;
import io.micronaut.serde.annotation.Serdeable;

/**
 * What a source itself says of a field of its records, as the column of a table does in a database.
 *
 * @param declared its type, in the source's words
 * @param type of a column that takes its values
 * @param array whether the values are arrays, which a column of {@code type} takes whatever is in them
 * @param required whether each record has a value
 */
@Serdeable
public record DeclaredColumn(String name, String declared, Column.Type type, boolean array, boolean required) {}
