package dev.millrace.extractor.database;

import dev.millrace.extractor.ExtractorConfig;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * The JDBC drivers: those of the class path, and those of jars in a folder, for drivers whose licences don't let us hand
 * them on. The folder is looked at when the first database is read, and again when it has no driver for one.
 */
@Singleton
final class Drivers implements AutoCloseable {
    private final @Nullable Path folder;
    private final ClassLoader parent;
    /** Of what the folder had, the latest at the end; those before it may be in use. */
    private final List<URLClassLoader> loaders = new ArrayList<>();

    @Inject
    Drivers(ExtractorConfig config) {
        this(config.drivers(), Drivers.class.getClassLoader());
    }

    /** @param parent what drivers have beside their jars */
    Drivers(@Nullable Path folder, ClassLoader parent) {
        this.folder = folder;
        this.parent = parent;
    }

    /** @throws MillraceException when there is none for the URL */
    Driver driver(String url, Dialect dialect) {
        Driver found = driver(url, loader(false));
        if (found == null) {
            found = driver(url, loader(true));
        }
        if (found == null) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "there is no JDBC driver for this database (expected: the jar of " + dialect.driver() + " in "
                            + (folder == null ? "the folder that millrace.extractor.drivers names" : folder) + ")");
        }
        return found;
    }

    private static @Nullable Driver driver(String url, ClassLoader loader) {
        for (Driver driver : ServiceLoader.load(Driver.class, loader)) {
            try {
                if (driver.acceptsURL(url)) {
                    return driver;
                }
            } catch (SQLException e) {
                // it is for others
            }
        }
        return null;
    }

    /** @param again whether to look what the folder has by now */
    private synchronized ClassLoader loader(boolean again) {
        if (again || loaders.isEmpty()) {
            URL[] jars = jars();
            if (loaders.isEmpty()
                    || !Arrays.toString(jars)
                            .equals(Arrays.toString(loaders.getLast().getURLs()))) {
                loaders.add(new URLClassLoader("drivers", jars, parent));
            }
        }
        return loaders.getLast();
    }

    private URL[] jars() {
        List<URL> jars = new ArrayList<>();
        if (folder != null && Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.filter(file -> file.toString().endsWith(".jar"))
                        .sorted()
                        .toList()) {
                    jars.add(file.toUri().toURL());
                }
            } catch (IOException e) {
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        "the folder of drivers, " + folder + ", can't be read: " + e.getMessage(),
                        e);
            }
        }
        return jars.toArray(URL[]::new);
    }

    @Override
    @PreDestroy
    public synchronized void close() throws IOException {
        for (URLClassLoader loader : loaders) {
            loader.close();
        }
        loaders.clear();
    }
}
