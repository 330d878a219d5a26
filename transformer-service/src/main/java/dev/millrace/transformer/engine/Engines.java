package dev.millrace.transformer.engine;

import dev.millrace.transformer.value.ColumnBuffer;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;

/**
 * DuckDBs for tasks, each for one at a time: so memory, cancellation and settings are a task's own. One whose task has ended
 * well is kept for another task, since to open one takes several times as long as a small task; any other is closed. There
 * are never more than tasks at once. Safe for use by several threads.
 */
public final class Engines implements AutoCloseable {
    private final long memoryLimit;
    private final int threads;
    private final Folders folders;
    private final Consumer<Path> remove;
    private final Deque<Idle> idle = new ArrayDeque<>();
    private boolean closed;

    private record Idle(DuckDBConnection root, Path scratch) {}

    /** Where scratch folders come from. */
    public interface Folders {
        Path begin() throws IOException;
    }

    /**
     * @param memoryLimit of each, and of the rows that it is to read
     * @param threads of each
     * @param remove deletes such a folder with all that is in it
     */
    public Engines(long memoryLimit, int threads, Folders folders, Consumer<Path> remove) {
        this.memoryLimit = memoryLimit;
        this.threads = threads;
        this.folders = folders;
        this.remove = remove;
    }

    /**
     * One for a task, which closes it.
     *
     * @param names of the columns that are written
     * @param columns like those whose rows will be written
     */
    public Engine take(List<String> names, List<ColumnBuffer> columns) throws SQLException, IOException {
        Idle one = idle();
        while (one != null
                && !Files.isDirectory(one.scratch())) { // who tidies up temporary folders took it for left over
            one.root().close();
            one = idle();
        }
        if (one == null) {
            Path scratch = folders.begin();
            try {
                one = new Idle(Engine.open(scratch, memoryLimit, threads), scratch);
            } catch (SQLException e) {
                remove.accept(scratch);
                throw e;
            }
        }
        try {
            return new Engine(one.root(), one.scratch(), memoryLimit, this, names, columns);
        } catch (SQLException e) {
            remove.accept(one.scratch());
            throw e;
        }
    }

    private synchronized @Nullable Idle idle() {
        return idle.pollLast();
    }

    /** @param isOfUse whether another task may have it */
    void end(DuckDBConnection root, Path scratch, boolean isOfUse) throws SQLException {
        if (isOfUse && isEmpty(scratch) && keep(new Idle(root, scratch))) {
            return;
        }
        try {
            root.close();
        } finally {
            remove.accept(scratch);
        }
    }

    private synchronized boolean keep(Idle one) {
        if (!closed) {
            idle.addLast(one);
        }
        return !closed;
    }

    /** Whether no file is left in it: folders may be. */
    private static boolean isEmpty(Path scratch) {
        try (Stream<Path> files = Files.walk(scratch)) {
            return files.noneMatch(Files::isRegularFile);
        } catch (IOException | UncheckedIOException e) {
            return false; // whoever had it has met the same
        }
    }

    /** Those of tasks that are still going on end with these. */
    @Override
    public void close() throws SQLException {
        List<Idle> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(idle);
            idle.clear();
        }
        for (Idle one : left) {
            end(one.root(), one.scratch(), false);
        }
    }
}
