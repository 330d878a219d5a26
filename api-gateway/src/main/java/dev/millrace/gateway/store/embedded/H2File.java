package dev.millrace.gateway.store.embedded;

import dev.millrace.staging.FolderEntries;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.MigrateResult;
import org.h2.engine.Constants;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.FileStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of a run database that nobody has opened yet. */
public final class H2File {
    private static final Logger LOG = LoggerFactory.getLogger(H2File.class);
    private static final long SMALL = 32L << 20;

    private H2File() {}

    /**
     * Rewrites a file of which more than half is garbage, as versions before 0.2 have left it: they kept H2 from tidying
     * up. A file that can't be opened is left to whoever opens it next, and says why.
     *
     * @param url as {@link H2Url#complete} makes it; nothing is done of one without files
     */
    public static void shrink(String url, @Nullable String username, @Nullable String password) {
        if (!H2Url.isForced(url)) {
            return;
        }
        try (Connection connection = DriverManager.getConnection(url, username, password)) {
            SessionLocal session =
                    (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
            FileStore<?> file = session.getDatabase().getStore().getMvStore().getFileStore();
            long size = file.size();
            long live = size / 100 * file.getFillRate() / 100 * file.getChunksFillRate();
            if (size > 2 * live + SMALL) {
                LOG.info("the run database's file has {} MB, most of it garbage; it is rewritten", size >> 20);
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SHUTDOWN COMPACT");
                }
            }
        } catch (SQLException e) {
            LOG.debug("the run database is left as it is", e);
        }
    }

    /**
     * Changes the schema of a file of an earlier version, or makes that of a new one, in a copy that takes the file's place
     * when all is done. H2 commits each statement of a migration by itself, so one that ended in the middle, killed say,
     * would leave a schema that no version can start with. A file that can't be opened is left to whoever opens it next.
     *
     * @param url as {@link H2Url#complete} makes it; nothing is done of one without files, or in another of H2's file systems
     * @throws FlywayException when a migration fails; the file is as it was then
     * @throws UncheckedIOException when the disk fails or is full, with the file as it was
     */
    public static void migrate(String url, @Nullable String username, @Nullable String password) {
        if (!H2Url.isOfSystem(url) || !isOutOfDate(url, username, password)) {
            return;
        }
        Path file = H2Url.file(url);
        String name = file.getFileName().toString();
        String copied = name.substring(0, name.length() - H2Url.SUFFIX.length()) + ".migrating";
        Path copy = file.resolveSibling(copied + H2Url.SUFFIX);
        // H2 locks its files like that: nobody opens this one meanwhile
        try (FileChannel locked = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = locked.tryLock()) {
            if (lock == null) {
                return;
            }
            copy(locked, copy); // by this channel: another one that is closed would take the lock with it
            try {
                MigrateResult _ = migrations(H2Url.of(url, copy), username, password)
                        .load()
                        .migrate();
                Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                boolean _ = Files.deleteIfExists(copy);
                boolean _ = Files.deleteIfExists(file.resolveSibling(copied + Constants.SUFFIX_TRACE_FILE));
            }
            FolderEntries.force(Objects.requireNonNull(file.getParent()));
        } catch (IOException e) {
            throw new UncheckedIOException("the run database " + file + " can't be brought up to date: " + e, e);
        }
    }

    private static FluentConfiguration migrations(String url, @Nullable String username, @Nullable String password) {
        return Flyway.configure().dataSource(url, username, password);
    }

    private static boolean isOutOfDate(String url, @Nullable String username, @Nullable String password) {
        try {
            return migrations(url, username, password).load().info().pending().length > 0;
        } catch (FlywayException e) {
            LOG.debug("the run database is left as it is", e);
            return false;
        }
    }

    private static void copy(FileChannel source, Path target) throws IOException {
        try (FileChannel copy = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            long size = source.size();
            for (long at = 0; at < size; ) {
                at += source.transferTo(at, size - at, copy);
            }
        }
    }
}
