package dev.millrace.gateway.store.embedded;

import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.util.List;
import org.h2.engine.Constants;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FileUtils;
import org.h2.store.fs.disk.FilePathDisk;

/** The URL of a run database in H2. */
public final class H2Url {
    private static final String H2 = "jdbc:h2:";
    private static final String FILE = "file:";
    static final String SUFFIX = Constants.SUFFIX_MV_FILE;
    private static final String FORCED = ForcedFiles.SCHEME + ":";
    /** In memory, or of another process, which has its own files. */
    private static final List<String> NO_FILES = List.of("mem:", "tcp:", "ssl:");

    /** Makes H2 read PostgreSQL's SQL, and leaves closing to the pool. */
    private static final String SETTINGS =
            ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;LOCK_TIMEOUT=10000;DB_CLOSE_ON_EXIT=FALSE"
                    + ";QUERY_CACHE_SIZE=256"; // or it parses most statements each time, of which it keeps eight

    /**
     * Milliseconds for which H2 keeps chunks that are out of date, instead of 45 seconds: see {@link ForcedFiles}. None at
     * all is reported to leave files that H2 refuses to open ("Double mark", issues 2752 and 4083 of h2database).
     */
    private static final String FILE_SETTINGS = ";RETENTION_TIME=1000";

    private H2Url() {}

    /** @param url of any database; null: none */
    public static boolean isH2(@Nullable String url) {
        return url != null && url.startsWith(H2);
    }

    /** Whether its files are {@link ForcedFiles}. */
    static boolean isForced(@Nullable String url) {
        return url != null && url.startsWith(H2 + FORCED);
    }

    /** Whether its files are {@link ForcedFiles}, and these are the system's, and of none of H2's other file systems. */
    static boolean isOfSystem(String url) {
        return isForced(url) && FilePath.get(name(url)) instanceof FilePathDisk;
    }

    /**
     * The file of a database.
     *
     * @param url of which {@link #isOfSystem} holds
     */
    static Path file(String url) {
        return Path.of(FileUtils.toRealPath(name(url) + SUFFIX)).toAbsolutePath();
    }

    /** The same settings for another file, whose name ends as H2's do. */
    static String of(String url, Path file) {
        String path = file.toString();
        return url.replace(name(url), path.substring(0, path.length() - SUFFIX.length()));
    }

    private static String name(String url) {
        int end = url.indexOf(';');
        return url.substring((H2 + FORCED).length(), end < 0 ? url.length() : end);
    }

    /**
     * What the gateway relies on, added to what the configuration says.
     *
     * @param url of H2
     */
    public static String complete(String url) {
        String name = url.substring(H2.length());
        if (NO_FILES.stream().anyMatch(name::startsWith)) {
            return url + SETTINGS;
        }
        ForcedFiles.register();
        return H2 + FORCED + (name.startsWith(FILE) ? name.substring(FILE.length()) : name) + SETTINGS + FILE_SETTINGS;
    }
}
