package dev.millrace.transformer;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.Upload;
import dev.millrace.task.Preview;
import dev.millrace.task.Sample;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Makes rows of a few records by what makes those of a run, in a scratch folder that is gone when the answer is there:
 * nothing is staged. Safe for use by several threads.
 */
@Singleton
final class Previews {
    /** Of the engine that calculates expressions for it. */
    private static final long MEMORY = 64L * 1024 * 1024;

    /** Of the texts in an answer; an explosion of a few records can make very many rows. */
    private static final long MOST_CHARACTERS = 8L * 1024 * 1024;

    /** What a column with the run's id gets. */
    private static final String NO_RUN = "preview";

    private final Scratch scratch;
    private final Clock clock;

    Previews(Scratch scratch, Clock clock) {
        this.scratch = scratch;
        this.clock = clock;
    }

    /** @throws MillraceException as a task would fail */
    Preview of(Preview.Wanted wanted) throws Exception {
        Sample sample = wanted.sample();
        Shaper shaper = new Shaper(
                wanted.shaping(),
                new MetadataValues.Known(NO_RUN, wanted.day(), clock.instant()),
                new WarehouseJson(wanted.capabilities()),
                sample.texts());
        Path folder = scratch.begin();
        try (Engine engine = new Engine(folder, MEMORY, 1, shaper.columns());
                Calculations calculations = Calculations.of(engine, shaper.columns(), wanted.shaping())) {
            LocalStagingStore store = new LocalStagingStore(folder.resolve("sample"));
            return rows(store, part(store, sample), shaper, calculations);
        } catch (SQLException e) {
            throw Engine.explain(e);
        } finally {
            Scratch.remove(folder);
        }
    }

    private static Part part(LocalStagingStore store, Sample sample) throws IOException {
        byte[] lines;
        try {
            lines = Base64.getDecoder().decode(sample.lines());
        } catch (IllegalArgumentException e) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "lines: no base64 (expected: records)", e);
        }
        try (Upload upload = store.upload("part-00000.ndjson.zst")) {
            upload.stream().write(lines);
            return upload.commit(sample.records()).from(sample.origins());
        }
    }

    private static Preview rows(LocalStagingStore store, Part part, Shaper shaper, @Nullable Calculations calculations)
            throws Exception {
        List<List<@Nullable String>> rows = new ArrayList<>();
        List<Reject> rejects = new ArrayList<>();
        ConversionWarnings changes = new ConversionWarnings();
        Presence presence = shaper.presence();
        long made = 0;
        long filtered = 0;
        long rejected = 0;
        long characters = 0;
        try (RecordLines read = new RecordLines(store, List.of(part), shaper.chunk())) {
            for (Lines lines = read.next(); lines != null; lines = read.next()) {
                Shaped shaped = shaper.shape(lines, read.part(), calculations);
                for (Object[] row : shaped.rows()) {
                    made++;
                    if (rows.size() < Preview.MOST && characters < MOST_CHARACTERS) {
                        List<@Nullable String> texts = RowText.of(shaper.columns(), row);
                        for (String text : texts) {
                            characters += text == null ? 0 : text.length();
                        }
                        rows.add(texts);
                    }
                }
                for (Reject reject : shaped.rejects()) {
                    rejected++;
                    if (rejects.size() < Sample.MOST_REJECTS) {
                        rejects.add(reject);
                    }
                }
                filtered += shaped.filtered();
                changes.add(shaped.changes());
                presence.add(shaped.presence());
            }
        }
        List<String> warnings = new ArrayList<>();
        changes.forEach((column, kind, change) -> {
            if (!kind.isMeant()) {
                warnings.add("column " + shaper.path(column) + ": " + change);
            }
        });
        return new Preview(rows, made, filtered, rejected, rejects, shaper.drift(presence), warnings);
    }
}
