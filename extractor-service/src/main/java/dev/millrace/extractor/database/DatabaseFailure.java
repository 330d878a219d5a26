package dev.millrace.extractor.database;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** What a database or its driver says when something fails, in one sentence that names the step. */
final class DatabaseFailure {
    private static final Pattern POSITION = Pattern.compile("\\s*\\R\\s*Position: [0-9]+");

    private DatabaseFailure() {}

    /** Of a connection that was not made. */
    static MillraceException connecting(Login login, Dialect dialect, SQLException failure) {
        String where = "can't connect to " + login.place() + ": ";
        if (cause(failure, UnknownHostException.class) != null) {
            return failure(ErrorCode.SOURCE_UNAVAILABLE, where + "there is no host of that name", failure);
        }
        SSLException tls = cause(failure, SSLException.class);
        if (tls != null || mentionsTls(failure)) {
            return failure(ErrorCode.SOURCE_REFUSED, where + "TLS: " + said(tls == null ? failure : tls), failure);
        }
        if (cause(failure, ConnectException.class) != null) {
            return failure(ErrorCode.SOURCE_UNAVAILABLE, where + "nobody listens there", failure);
        }
        if (cause(failure, SocketTimeoutException.class) != null) {
            return failure(
                    ErrorCode.SOURCE_UNAVAILABLE, where + "no answer within " + login.timeoutSeconds() + " s", failure);
        }
        return failure(code(failure, dialect), where + said(failure), failure);
    }

    /** @param step what was being done */
    static MillraceException of(String step, Dialect dialect, SQLException failure) {
        String expected = isSyntax(failure) ? " (expected: one SELECT that can stand in brackets behind FROM)" : "";
        return failure(code(failure, dialect), step + ": " + said(failure) + expected, failure);
    }

    /** Of PostgreSQL and of MariaDB, whose SQLSTATE others share. */
    private static boolean isSyntax(SQLException failure) {
        return "42601".equals(failure.getSQLState()) || failure.getErrorCode() == 1064;
    }

    private static MillraceException failure(ErrorCode code, String message, SQLException failure) {
        return new MillraceException(code, message, failure);
    }

    /** Drivers have failures of their own where a server offers no TLS, or shows the certificate of another host. */
    private static boolean mentionsTls(SQLException failure) {
        String message = said(failure);
        return message.contains("SSL") || message.contains("TLS") || message.contains("hostnameverifier");
    }

    /** By the classes of SQLSTATE that products share, where the product doesn't say it better. */
    private static ErrorCode code(SQLException failure, Dialect dialect) {
        ErrorCode own = dialect.code(failure);
        if (own != null) {
            return own;
        }
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        if (state.startsWith("28")) {
            return ErrorCode.SOURCE_UNAUTHORIZED;
        }
        boolean passes = state.startsWith("08") // connection
                || state.startsWith("40") // rolled back, as where a standby has to go on
                || state.startsWith("53") // resources
                || state.startsWith("57") // an operator, a timeout, a start that isn't over
                || state.startsWith("58") // the system around the server
                || state.equals("70100"); // killed
        return passes ? ErrorCode.SOURCE_UNAVAILABLE : ErrorCode.SOURCE_REFUSED;
    }

    /** The message on one line, with that of its cause where the driver has only a general one. */
    private static String said(Throwable failure) {
        String line = line(failure);
        Throwable cause = failure.getCause();
        if (cause != null && cause.getMessage() != null && !line.contains(line(cause))) {
            line += ": " + line(cause);
        }
        return failure instanceof SQLException sql && sql.getSQLState() != null
                ? line + " (SQLSTATE " + sql.getSQLState() + ")"
                : line;
    }

    /** Without a position that PostgreSQL says, which is one in what was made of a query, and not in the query. */
    private static String line(Throwable failure) {
        String message = failure.getMessage();
        return message == null
                ? failure.getClass().getSimpleName()
                : POSITION.matcher(message.strip()).replaceAll("").replaceAll("\\s*\\R\\s*", "; ");
    }

    private static <T extends Throwable> @Nullable T cause(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }
}
