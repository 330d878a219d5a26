package dev.millrace.extractor.database;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.SourceReader;
import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.Secrets;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.task.SourceTables;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Reads relational databases, over a connection for each run. */
@Singleton
final class DatabaseReader implements SourceReader<DatabaseSource, DatabaseRead> {
    private final Secrets secrets;
    private final Drivers drivers;
    private final SourceAddresses addresses;

    DatabaseReader(Secrets secrets, Drivers drivers, SourceAddresses addresses) {
        this.secrets = secrets;
        this.drivers = drivers;
        this.addresses = addresses;
    }

    @Override
    public Class<DatabaseSource> source() {
        return DatabaseSource.class;
    }

    @Override
    public Class<DatabaseRead> read() {
        return DatabaseRead.class;
    }

    @Override
    public void read(Extraction<DatabaseSource, DatabaseRead> extraction) throws InterruptedException {
        extraction(extraction).run();
    }

    @Override
    public void check(Extraction<DatabaseSource, DatabaseRead> extraction, Steps steps) {
        extraction(extraction).check(steps);
    }

    @Override
    public List<SourceTables.Table> tables(DatabaseSource source, SourceTables.Wanted wanted, TaskContext context)
            throws InterruptedException {
        Dialect dialect = dialect(source);
        DatabaseConnections connections = connections(source, dialect, wanted.credentials(), context);
        Login login = connections.login();
        try (Connection connection = connections.connect(login)) {
            String _ = dialect.begin(connection, null, null);
            return new ServerSchema(connection, dialect).tables(wanted.pattern());
        } catch (SQLException e) {
            context.checkStopped();
            throw DatabaseFailure.of("the tables of " + login.place() + " can't be listed", dialect, e);
        }
    }

    private DatabaseExtraction extraction(Extraction<DatabaseSource, DatabaseRead> extraction) {
        Dialect dialect = dialect(extraction.source());
        return new DatabaseExtraction(
                extraction,
                dialect,
                connections(extraction.source(), dialect, extraction.task().credentials(), extraction.context()));
    }

    private DatabaseConnections connections(
            DatabaseSource source, Dialect dialect, @Nullable String credentials, TaskContext context) {
        RunSecrets ofThisRun = secrets.ofRun(credentials);
        context.maskWith(ofThisRun::mask);
        return new DatabaseConnections(source, dialect, drivers, ofThisRun, addresses, context);
    }

    private static Dialect dialect(DatabaseSource source) {
        return switch (source.product()) {
            case POSTGRESQL -> new Postgres();
            case MYSQL, MARIADB -> new MariaDb();
            case SQLSERVER -> new SqlServer();
            case ORACLE -> new Oracle();
        };
    }
}
