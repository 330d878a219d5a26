package dev.millrace.gateway.store.embedded;

import io.micronaut.core.annotation.Nullable;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * Connections to H2 whose {@code commit} returns when the commit is on disk. So does {@code close}, whatever was done: who
 * has read what another one committed, and tells somebody, must not be the only one who remembers.
 */
final class ForcedDataSource implements DataSource {
    private final DataSource pool;
    private final GroupCommit commits = new GroupCommit();

    /** @param pool of connections to a file of H2 in this process */
    ForcedDataSource(DataSource pool) {
        this.pool = pool;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return forced(pool.getConnection());
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return forced(pool.getConnection(username, password));
    }

    private Connection forced(Connection connection) throws SQLException {
        MVStore store = store(connection);
        return (Connection) Proxy.newProxyInstance(
                ForcedDataSource.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (_, method, arguments) -> call(connection, store, method, arguments));
    }

    private static MVStore store(Connection connection) throws SQLException {
        SessionLocal session =
                (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
        return session.getDatabase().getStore().getMvStore();
    }

    private @Nullable Object call(
            Connection connection, MVStore store, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        if (method.getName().equals("isReadOnly")) { // asked for each transaction, which H2 answers by a statement
            return store.isReadOnly();
        }
        Object result;
        try {
            result = method.invoke(connection, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
        switch (method.getName()) {
            case "commit" -> force(store);
            case "close" -> {
                if (!store.isClosed()) { // closing writes all that there is
                    force(store);
                }
            }
            default -> {}
        }
        return result;
    }

    private void force(MVStore store) throws SQLException {
        try {
            commits.await(store);
        } catch (MVStoreException e) {
            throw new SQLException("what was committed can't be written to disk: " + e.getMessage(), e);
        }
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(pool) ? type.cast(pool) : pool.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(pool) || pool.isWrapperFor(type);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return pool.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        pool.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        pool.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return pool.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger(Logger.GLOBAL_LOGGER_NAME);
    }
}
