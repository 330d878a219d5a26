package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Shaping;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Drift;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.Upload;
import dev.millrace.task.Preview;
import dev.millrace.task.Sample;
import dev.millrace.transformer.engine.Calculations;
import dev.millrace.transformer.engine.Engine;
import dev.millrace.transformer.engine.RowBuffers;
import dev.millrace.transformer.staged.Lines;
import dev.millrace.transformer.staged.RecordLines;
import dev.millrace.transformer.value.ColumnReader;
import dev.millrace.transformer.value.ConversionWarnings;
import dev.millrace.transformer.value.WarehouseJson;
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

    private static final int INFERRED_CHUNK = 1024 * 1024;

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
        InferredSchema inferred =
                wanted.inferred() == null ? null : new InferredSchema(wanted.inferred(), sample.texts());
        Path folder = scratch.begin();
        try {
            LocalStagingStore store = new LocalStagingStore(folder.resolve("sample"));
            Part part = part(store, sample);
            if (inferred == null) {
                return of(wanted, wanted.shaping(), folder, store, part);
            }
            try (RecordLines read = new RecordLines(store, List.of(part), INFERRED_CHUNK)) {
                for (Lines lines = read.next(); lines != null; lines = read.next()) {
                    inferred.see(lines);
                }
            }
            List<Column> columns = inferred.columns();
            Preview preview = of(wanted, wanted.shaping().with(columns), folder, store, part);
            Drift drift = preview.drift();
            return new Preview(
                    preview.rows(),
                    preview.made(),
                    preview.filtered(),
                    preview.rejected(),
                    preview.rejects(),
                    drift == null ? null : drift.with(inferred.changes()),
                    preview.warnings(),
                    columns);
        } finally {
            Scratch.remove(folder);
        }
    }

    private Preview of(Preview.Wanted wanted, Shaping shaping, Path folder, LocalStagingStore store, Part part)
            throws Exception {
        Sample sample = wanted.sample();
        Shaper shaper = new Shaper(
                shaping,
                new MetadataValues.Known(NO_RUN, wanted.day(), clock.instant()),
                new WarehouseJson(wanted.capabilities()),
                sample.texts());
        try (Engine engine = new Engine(folder, MEMORY, 1, List.of(), List.of())) {
            Calculations calculations = Calculations.of(engine, shaper.columns(), shaping);
            return rows(store, part, shaper, calculations);
        } catch (SQLException e) {
            throw Engine.explain(e);
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
        try (RecordLines read = new RecordLines(store, List.of(part), shaper.chunk())) {
            for (Lines lines = read.next(); lines != null; lines = read.next()) {
                Shaped<Integer> shaped =
                        shaper.shape(lines, read.part(), calculations, some -> show(shaper.columns(), some, rows));
                made += shaped.count();
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

    /**
     * Adds rows as texts, as long as there is room.
     *
     * @return how many
     */
    private static int show(List<ColumnReader> columns, RowBuffers some, List<List<@Nullable String>> shown) {
        long characters = 0;
        for (List<@Nullable String> row : shown) {
            characters += characters(row);
        }
        int before = shown.size();
        for (int i = 0; i < some.size() && shown.size() < Preview.MOST && characters < MOST_CHARACTERS; i++) {
            List<@Nullable String> texts = RowText.of(columns, some, i);
            characters += characters(texts);
            shown.add(texts);
        }
        return shown.size() - before;
    }

    private static long characters(List<@Nullable String> texts) {
        long sum = 0;
        for (String text : texts) {
            sum += text == null ? 0 : text.length();
        }
        return sum;
    }
}
