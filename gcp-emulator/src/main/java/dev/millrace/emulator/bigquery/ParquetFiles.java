package dev.millrace.emulator.bigquery;

import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.storage.StoredObject;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Parquet, which the engine reads.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet">Loading Parquet data</a>
 */
final class ParquetFiles implements SourceFiles {
    private final Engine.Session session;

    ParquetFiles(Engine.Session session) {
        this.session = session;
    }

    @Override
    public List<Field> columns(StoredObject object) {
        try {
            return session.describe("SELECT * FROM read_parquet([" + path(object) + "])");
        } catch (SQLException e) {
            throw Errors.invalid(
                    "Error while reading data, error message: Input file is not in Parquet format: " + object.name());
        }
    }

    private static String path(StoredObject object) {
        return "'" + object.data().toString().replace("'", "''") + "'";
    }

    @Override
    public String rows(List<StoredObject> objects, List<Field> schema) {
        String files = objects.stream().map(ParquetFiles::path).collect(Collectors.joining(", "));
        String columns = schema.stream()
                .map(field -> {
                    String name = TableName.quote(field.name());
                    String value = field.type().equals("BIGNUMERIC") && !field.isRepeated()
                            ? "CAST(gsql_bignumeric(typeof(" + name + "), CAST(" + name + " AS VARCHAR)) AS BIGNUM)"
                            : "CAST(" + name + " AS " + field.engineType() + ")";
                    return (field.isRepeated() ? "coalesce(" + value + ", [])" : value) + " AS " + name;
                })
                .collect(Collectors.joining(", "));
        return "SELECT " + columns + " FROM read_parquet([" + files + "], union_by_name = true)";
    }

    @Override
    public void close() {
        // nothing is held
    }
}
