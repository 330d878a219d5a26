package dev.millrace.extractor.database;

/**
 * A column of a table or query.
 *
 * @param type as the driver names it
 * @param array whether its values are arrays of what the type's name says
 */
record SourceColumn(String name, String type, boolean array) {}
