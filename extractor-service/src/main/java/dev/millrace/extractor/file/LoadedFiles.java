package dev.millrace.extractor.file;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Task;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The files that an endpoint has loaded, and what they were like: an object of the staging store, made by each run and
 * never changed. Its name is the endpoint's cursor, so that a run's files count as loaded when its rows are, and not
 * before. For one run and one thread.
 */
final class LoadedFiles {
    private static final Pattern NAME = Pattern.compile("state/[^/]+/[^/]+/(\\d{10})-.*");

    private final StagingStore staging;
    private final ObjectMapper json;
    private final Map<String, Entry> entries = new TreeMap<>();
    private boolean changed;

    private LoadedFiles(StagingStore staging, ObjectMapper json) {
        this.staging = staging;
        this.json = json;
    }

    /**
     * A file that is loaded.
     *
     * @param state see {@link SourceFile#state}
     * @param crc32c of its bytes
     * @param run that has loaded it
     */
    @Serdeable
    record Entry(String name, long size, @Nullable String state, String crc32c, String run) {}

    /**
     * @param start name of the object; null: nothing is loaded
     * @throws MillraceException with {@code STAGING_CORRUPT} when it is not there
     */
    static LoadedFiles of(StagingStore staging, ObjectMapper json, @Nullable String start) {
        LoadedFiles loaded = new LoadedFiles(staging, json);
        if (start != null) {
            loaded.read(start);
        }
        return loaded;
    }

    private void read(String object) {
        if (!NAME.matcher(object).matches() || !staging.exists(object)) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    "the list of the files that are loaded, " + object
                            + ", is not in staging (expected: a full run, or the"
                            + " cursor set to none, after which all files are read)");
        }
        try (InputStream in = new GZIPInputStream(staging.open(object));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Entry entry = Objects.requireNonNull(json.readValue(line, Argument.of(Entry.class)));
                entries.put(entry.name(), entry);
            }
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, object + " can't be read: " + e.getMessage(), e);
        }
    }

    /** What the file of that name was like; null when none was loaded. */
    @Nullable
    Entry find(String name) {
        return entries.get(name);
    }

    void put(Entry entry) {
        Entry before = entries.put(entry.name(), entry);
        changed |= !entry.equals(before);
    }

    /**
     * Stores the list, when there is anything new in it.
     *
     * @param before name of the object that the ledger has; null: none
     * @return name of the object that it is to have next
     */
    @Nullable
    String store(Task task, @Nullable String before) {
        if (!changed && before != null) {
            return before;
        }
        if (entries.isEmpty()) {
            return null;
        }
        Matcher numbered = NAME.matcher(before == null ? "" : before);
        long number = numbered.matches() ? Long.parseLong(numbered.group(1)) + 1 : 1;
        String object = "state/%s/%s/%010d-%s-%d.ndjson.gz"
                .formatted(task.pipeline(), task.endpoint(), number, task.run(), task.attempt());
        try (Upload upload = staging.upload(object)) {
            OutputStream out = new GZIPOutputStream(upload.stream());
            for (Entry entry : entries.values()) {
                out.write(json.writeValueAsBytes(entry));
                out.write('\n');
            }
            ((GZIPOutputStream) out).finish();
            upload.commit(entries.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return object;
    }
}
