package dev.millrace.extractor.database;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.SourceReader;
import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.Secrets;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import jakarta.inject.Singleton;

/** Reads relational databases, over a connection for each run. */
@Singleton
final class DatabaseReader implements SourceReader<DatabaseSource, DatabaseRead> {
    private final Secrets secrets;
    private final Drivers drivers;

    DatabaseReader(Secrets secrets, Drivers drivers) {
        this.secrets = secrets;
        this.drivers = drivers;
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

    private DatabaseExtraction extraction(Extraction<DatabaseSource, DatabaseRead> extraction) {
        RunSecrets ofThisRun = secrets.ofRun(extraction.task().credentials());
        extraction.context().maskWith(ofThisRun::mask);
        Dialect dialect = switch (extraction.source().product()) {
            case POSTGRESQL -> new Postgres();
            case MYSQL, MARIADB -> new MariaDb();
        };
        return new DatabaseExtraction(extraction, dialect, drivers, ofThisRun);
    }
}
