/** Relational databases, by JDBC. */
package dev.millrace.extractor.database;
