package dev.millrace.gateway.store.embedded;

import io.micronaut.core.annotation.Nullable;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
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
}
