package dev.millrace.loader.trial;

import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.worker.TaskContext;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Reads staged Parquet, by a DuckDB that is no warehouse. */
final class TrialStage {
    private TrialStage() {}

    /**
     * The rows of a load, in their order.
     *
     * @throws MillraceException with {@code STAGING_CORRUPT} when a part isn't what the manifest and the schema say
     */
    static List<Object[]> rows(TableLoad load, StagingStore staging, Path scratch, TaskContext context) {
        List<Object[]> rows = new ArrayList<>();
        for (Part part : load.parts()) {
            context.checkStopped();
            Path file = staging.fetch(part, scratch);
            int before = rows.size();
            try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT "
                            + load.schema().stream()
                                    .map(column -> "\"" + column.name() + "\"")
                                    .collect(Collectors.joining(", "))
                            + " FROM read_parquet('" + file + "') ORDER BY " + Manifest.POSITION)) {
                for (int i = 0; i < load.schema().size(); i++) {
                    int expected = load.schema().get(i).type() == Column.Type.INTEGER ? Types.BIGINT : Types.VARCHAR;
                    if (row.getMetaData().getColumnType(i + 1) != expected) {
                        throw corrupt(part, load.schema().get(i).name() + " has another type");
                    }
                }
                while (row.next()) {
                    Object[] values = new Object[load.schema().size()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = row.getObject(i + 1);
                    }
                    rows.add(values);
                }
            } catch (SQLException e) {
                throw corrupt(part, e.toString());
            }
            if (rows.size() - before != part.rows()) {
                throw corrupt(part, rows.size() - before + " rows (expected: " + part.rows() + ")");
            }
        }
        return rows;
    }

    private static MillraceException corrupt(Part part, String why) {
        return new MillraceException(ErrorCode.STAGING_CORRUPT, part.path() + ": " + why);
    }
}
