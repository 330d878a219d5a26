package dev.millrace.emulator.bigquery;

import dev.millrace.emulator.storage.StoredObject;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/** Files of one format, as a load job reads them. */
interface SourceFiles extends AutoCloseable {
    /**
     * A file's columns. One of DATETIME is a TIMESTAMP of Parquet that isn't adjusted to UTC, which may be either.
     *
     * @throws dev.millrace.emulator.http.ApiException when it is no such file
     */
    List<Field> columns(StoredObject object) throws SQLException;

    /**
     * A query of the engine with the rows of the files, in their order.
     *
     * @param schema which the files fit
     * @throws dev.millrace.emulator.http.ApiException when a file can't be read to its end
     */
    String rows(List<StoredObject> objects, List<Field> schema) throws IOException;

    /** Ends the time in which {@link #rows} can be read. */
    @Override
    void close() throws IOException;
}
