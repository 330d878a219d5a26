package dev.millrace.loader.duckdb;

import java.sql.SQLException;
import java.util.List;

/** Translation of DuckDB's errors into error codes; they differ by text only. */
final class Failures {
    private Failures() {}

    /** The first line: those below quote the statement. */
    static String sentence(SQLException e) {
        String first =
                String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
        return first.startsWith("Out of Memory Error")
                ? first + "; millrace.warehouse.memory-limit allows it more"
                : first;
    }

    /** Somebody else changed the same row or name at the same time; nothing of ours has happened. */
    static boolean isConflict(SQLException e) {
        String message = sentence(e);
        return message.contains("onflict")
                || message.contains("PRIMARY KEY or UNIQUE constraint violation")
                || message.contains("violates primary key constraint");
    }

    /** The staged file is not what it should be, as opposed to a disk or memory that is not enough. */
    static boolean isBadFile(SQLException e) {
        String message = sentence(e);
        return List.of("Conversion Error", "Constraint Error", "Invalid Input Error", "Invalid Error", "Binder Error")
                .stream()
                .anyMatch(message::startsWith);
    }
}
