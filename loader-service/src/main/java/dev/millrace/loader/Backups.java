package dev.millrace.loader;

import dev.millrace.format.Documents;
import dev.millrace.loader.backup.BackupConfig;
import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.loader.backup.BackupPlace;
import dev.millrace.loader.backup.TableBackup;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.BackupList;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backups of tables. One is {@code TABLE/ID/}: files of one attempt, and {@code manifest-GENERATION.json}, which is
 * written last and only once. An abort makes the same object, which the store lets one of them do, so that nothing becomes
 * a backup after its run has ended otherwise. Safe for use by several threads and processes, for the same backup too.
 */
@Singleton
public class Backups {
    private static final Logger LOG = LoggerFactory.getLogger(Backups.class);
    private static final byte[] CLOSED = "{\"closed\": true}".getBytes(StandardCharsets.UTF_8);
    private static final Pattern MANIFEST = Pattern.compile("([^/]+)/([^/]+)/manifest-[0-9]+\\.json");

    private final BackupPlace place;
    private final BackupConfig config;
    private final Warehouse warehouse;
    private final ObjectMapper json;
    private final Clock clock;

    Backups(BackupPlace place, BackupConfig config, Warehouse warehouse, ObjectMapper json, Clock clock) {
        this.place = place;
        this.config = config;
        this.warehouse = warehouse;
        this.json = json;
        this.clock = clock;
    }

    /**
     * Backs a table up, or finds that the load has done so already. Backups of the table that are more than is kept
     * are deleted then.
     *
     * @throws MillraceException {@code BACKUP_REFUSED}, {@code TABLE_UNKNOWN}, {@code TABLE_MISMATCH} for a column that no load can have,
     *     {@code STAGING_UNAVAILABLE} when the place can't be written, {@code LOAD_ABORTED}, {@code WAREHOUSE_FAILED}; nothing
     *     is left, or is left to the abort
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped
     */
    public LoadResult backUp(Task task, Work.Backup work, TaskContext context) throws InterruptedException {
        StagingStore store = place.store();
        String folder = folder(work.table(), work.load());
        for (int generation = 1; generation <= work.generation(); generation++) {
            Optional<BackupManifest> earlier = read(store, manifest(folder, generation));
            if (earlier.isPresent()) {
                return said(earlier.get(), " by an earlier attempt", context);
            }
        }
        String attempt = work.generation() + "-" + task.attempt();
        String prefix = folder + "data-" + attempt + "/";
        store.deleteAll(prefix); // of the same attempt, before this process was killed
        BackupManifest manifest;
        boolean first;
        try {
            TableBackup.Contents contents = warehouse.backUp(
                    new TableBackup(
                            work.load(),
                            attempt,
                            task.run(),
                            work.table(),
                            work.format(),
                            store,
                            prefix,
                            task.credentials()),
                    context);
            manifest = new BackupManifest(
                    work.load(),
                    work.table(),
                    warehouse.capabilities().warehouse(),
                    work.format(),
                    contents.at(),
                    contents.rows(),
                    contents.columns(),
                    contents.parts(),
                    contents.lastLoad(),
                    contents.cursors());
            context.checkStopped();
            first = store.createIfAbsent(manifest(folder, work.generation()), bytes(manifest));
        } catch (RuntimeException | InterruptedException e) {
            cleanUp(store, prefix, e);
            throw e;
        }
        if (!first) { // another attempt has been faster, or an abort
            store.deleteAll(prefix);
            return said(
                    read(store, manifest(folder, work.generation()))
                            .orElseThrow(() -> new MillraceException(
                                    ErrorCode.LOAD_ABORTED,
                                    "backup " + work.load() + " was aborted before it was whole")),
                    " by an earlier attempt",
                    context);
        }
        deleteAllBut(store, folder, prefix);
        LoadResult result = said(manifest, "", context);
        prune(store, work, context);
        return result;
    }

    private static void cleanUp(StagingStore store, String prefix, Exception failure) {
        try {
            store.deleteAll(prefix);
        } catch (MillraceException e) {
            LOG.warn("can't delete {} of a backup that failed; its abort will", prefix, e);
            failure.addSuppressed(e);
        }
    }

    private static LoadResult said(BackupManifest manifest, String how, TaskContext context) {
        context.progress(manifest.rows(), manifest.bytes());
        context.info(String.format(
                Locale.ROOT,
                "backed up%s: %,d rows of %s in %,d files, %,d bytes",
                how,
                manifest.rows(),
                manifest.table(),
                manifest.parts().size(),
                manifest.bytes()));
        return new LoadResult(manifest.rows(), 0, manifest.rows());
    }

    /** What attempts have left that were slower or interrupted. */
    private static void deleteAllBut(StagingStore store, String folder, String prefix) {
        store.list(folder + "data-").stream()
                .filter(name -> !name.startsWith(prefix))
                .map(name -> name.substring(0, name.indexOf('/', folder.length()) + 1))
                .distinct()
                .forEach(store::deleteAll);
    }

    /**
     * Sees to it that no generation up to the given one becomes a backup, unless one has, and deletes what it has left.
     *
     * @param table that would be backed up
     */
    public Abort.Answer abort(Abort abort, String table) {
        StagingStore store = place.store();
        String folder = folder(table, abort.load());
        for (int generation = 1; generation <= abort.generation(); generation++) {
            String name = manifest(folder, generation);
            if (!store.createIfAbsent(name, CLOSED)) {
                Optional<BackupManifest> whole = read(store, name);
                if (whole.isPresent()) {
                    return new Abort.AlreadyCommitted(
                            new LoadResult(whole.get().rows(), 0, whole.get().rows()));
                }
            }
        }
        store.deleteAll(folder + "data-");
        return new Abort.Closed();
    }

    /**
     * Replaces a table by what a backup has, in one transaction, or finds that the load has done so already.
     *
     * @throws MillraceException {@code BACKUP_UNKNOWN}, {@code RESTORE_REFUSED}, {@code STAGING_CORRUPT} when a file isn't what the
     *     manifest says, {@code LOAD_ABORTED}, {@code WAREHOUSE_FAILED}; the table is as it was
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped before its commit
     */
    public LoadResult restore(Task task, Work.Restore work, TaskContext context) throws InterruptedException {
        StagingStore store = place.store();
        BackupManifest backup = find(store, work.table(), work.backup());
        String kind = warehouse.capabilities().warehouse();
        if (!backup.warehouse().equals(kind)) {
            throw new MillraceException(
                    ErrorCode.RESTORE_REFUSED,
                    "backup " + backup.id() + " of " + backup.table() + " is one of " + backup.warehouse()
                            + " (expected: one of " + kind + ")");
        }
        context.total(backup.rows());
        Destination.Table destination = work.destination();
        return warehouse.restore(
                new TableRestore(
                        work.load(),
                        work.generation(),
                        task.attempt(),
                        task.run(),
                        destination,
                        work.fresh(),
                        backup,
                        store,
                        task.credentials()),
                context);
    }

    private BackupManifest find(StagingStore store, String table, String id) {
        return manifests(store, table).stream()
                .filter(manifest -> manifest.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.BACKUP_UNKNOWN, "no backup " + id + " of " + table + " is kept"));
    }

    /** The backups of some tables that are whole. */
    public BackupList list(BackupList.Wanted wanted) {
        StagingStore store = place.store();
        return new BackupList(wanted.tables().stream()
                .distinct()
                .sorted()
                .flatMap(table -> manifests(store, table).stream())
                .map(manifest -> new BackupList.Backup(
                        manifest.id(),
                        manifest.table(),
                        manifest.format(),
                        manifest.at(),
                        manifest.rows(),
                        manifest.bytes(),
                        manifest.parts().size(),
                        store.uri(manifest.table() + "/" + manifest.id()).toString()))
                .toList());
    }

    /** The newest first. */
    private List<BackupManifest> manifests(StagingStore store, String table) {
        Map<String, BackupManifest> found = new TreeMap<>();
        for (String name : store.list(table + "/")) {
            Matcher matcher = MANIFEST.matcher(name);
            if (matcher.matches()) {
                read(store, name).ifPresent(manifest -> found.put(manifest.id(), manifest));
            }
        }
        return newest(found.values());
    }

    private static List<BackupManifest> newest(Collection<BackupManifest> manifests) {
        List<BackupManifest> sorted = new ArrayList<>(manifests);
        sorted.sort(Comparator.comparing(BackupManifest::at)
                .thenComparing(BackupManifest::id)
                .reversed());
        return sorted;
    }

    /** The manifest goes first: what is left then is no backup, and is deleted with the next one. */
    private void prune(StagingStore store, Work.Backup work, TaskContext context) {
        String table = work.table();
        List<BackupManifest> all = manifests(store, table);
        Integer keep = work.keep();
        Integer keepDays = work.keepDays();
        int most = keep == null ? config.keep() : keep;
        Integer days = keepDays == null ? config.keepDays() : keepDays;
        for (int i = 1; i < all.size(); i++) {
            BackupManifest each = all.get(i);
            boolean old = days != null && each.at().isBefore(clock.instant().minus(Duration.ofDays(days)));
            if (i >= most || old) {
                store.deleteAll(folder(table, each.id()) + "manifest-");
                store.deleteAll(folder(table, each.id()));
                context.info("deleted backup " + each.id() + " of " + each.at() + ", as "
                        + (old ? says(keepDays, "keepDays", "keep-days") : says(keep, "keep", "keep")) + " says");
            }
        }
    }

    private static String says(@Nullable Integer ofTable, String key, String property) {
        return ofTable == null ? "millrace.backup." + property : key + " of the table's backups in the pipeline file";
    }

    private static String folder(String table, String id) {
        return table + "/" + id + "/";
    }

    private static String manifest(String folder, int generation) {
        return folder + "manifest-" + generation + ".json";
    }

    private byte[] bytes(BackupManifest manifest) {
        try {
            return json.writeValueAsBytes(manifest);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty: there is none, or an abort has closed it. */
    private Optional<BackupManifest> read(StagingStore store, String name) {
        if (!store.exists(name)) {
            return Optional.empty();
        }
        byte @Nullable [] content = null;
        try (InputStream in = store.open(name)) {
            content = in.readAllBytes();
            return Arrays.equals(content, CLOSED)
                    ? Optional.empty()
                    : Optional.of(
                            Documents.read(new String(content, StandardCharsets.UTF_8), BackupManifest.class, json));
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT, name + " is not the manifest of a backup: " + e.getMessage(), e);
        }
    }
}
