package dev.millrace.gateway.history;

import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.Unreadable;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lines of batches that the extractor has staged, to be read along with the run's log. For one thread. */
final class BatchLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchLog.class);

    private final StagingStore staging;
    private final Json json;
    private final Deque<String> parts;
    private @Nullable BufferedReader part;
    private @Nullable String next;

    /** @param parts in their order */
    BatchLog(StagingStore staging, Json json, List<String> parts) throws IOException {
        this.staging = staging;
        this.json = json;
        this.parts = new ArrayDeque<>(parts);
        advance();
    }

    /** The next line, if there is one that isn't of later; null: there is none. */
    @Nullable
    String upTo(Instant time) throws IOException {
        String line = next;
        if (line == null || isLater(line, time)) {
            return null;
        }
        advance();
        return line;
    }

    private boolean isLater(String line, Instant time) {
        try {
            return json.read(line, Heartbeat.LogLine.class).time().isAfter(time);
        } catch (Unreadable e) {
            return false; // another version's, whose time isn't known
        }
    }

    /** What follows something damaged isn't worth that the log is never archived. */
    private void advance() throws IOException {
        try {
            next = part == null ? null : part.readLine();
            while (next == null && !parts.isEmpty()) {
                close();
                part = new BufferedReader(new InputStreamReader(
                        new GZIPInputStream(staging.open(parts.remove())), StandardCharsets.UTF_8));
                next = part.readLine();
            }
        } catch (ZipException | EOFException e) {
            LOG.warn("the rest of the log of batches is left out: {}", e.getMessage());
            next = null;
            parts.clear();
        }
    }

    @Override
    public void close() throws IOException {
        if (part != null) {
            part.close();
        }
    }
}
