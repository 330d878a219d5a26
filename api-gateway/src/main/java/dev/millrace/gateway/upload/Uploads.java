package dev.millrace.gateway.upload;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/** Loads files that somebody sends, each by a run of its own. */
@Singleton
public class Uploads {
    private static final int BUFFER = 64 * 1024;

    private final UploadTargets targets;
    private final Acceptance acceptance;
    private final StagingStore staging;
    private final UploadConfig config;
    private final RunLog log;
    private final RunRepository runs;

    Uploads(
            UploadTargets targets,
            Acceptance acceptance,
            StagingStore staging,
            UploadConfig config,
            RunLog log,
            RunRepository runs) {
        this.targets = targets;
        this.acceptance = acceptance;
        this.staging = staging;
        this.config = config;
        this.log = log;
        this.runs = runs;
    }

    /**
     * A file that is being sent.
     *
     * @param name as the sender calls it
     * @param content read once, to its end
     */
    public record Sent(String name, InputStream content) {}

    /**
     * A file that is loaded, or looked at.
     *
     * @param table with its dataset
     * @param columns of the table that are read from files
     * @param warning that the pipeline's file has errors, and an earlier version of it was taken; null: it has none
     */
    public record Accepted(
            String table,
            List<String> columns,
            Acceptance.Accepted batch,
            @Nullable String warning) {}

    /** Most rows of a file. */
    public int maxRows() {
        return config.maxRows();
    }

    /**
     * Stages the file, and accepts a run that loads it.
     *
     * @param table that it is for, with its dataset; null: its name says it
     * @param dryRun whether its rows are only looked at
     * @param idempotencyKey null: every request is a new one
     * @param caller who sends it
     * @throws MillraceException with {@code TABLE_UNKNOWN}, {@code UPLOAD_REFUSED}, {@code BODY_TOO_LARGE}, {@code FORBIDDEN}, {@code REQUEST_INVALID} or {@code IDEMPOTENCY_KEY_REUSED}; then nothing is left in staging
     */
    public Accepted accept(
            Sent sent, @Nullable String table, boolean dryRun, @Nullable String idempotencyKey, Caller caller) {
        String file = sent.name()
                .substring(Math.max(sent.name().lastIndexOf('/'), sent.name().lastIndexOf('\\')) + 1);
        UploadTargets.Target target = targets.of(file, table, caller);
        check(target, caller);
        String id = UUID.randomUUID().toString();
        String object = "runs/" + id + "/upload";
        String digest = stage(file, sent.content(), object);
        boolean taken = false;
        try {
            Acceptance.Accepted accepted = acceptance.accept(new Acceptance.Upload(
                    target.inForce().pipeline(),
                    target.endpoint(),
                    id,
                    Objects.requireNonNull(target.declared().read().uploadedFile(object, file, config.maxRows())),
                    digest,
                    dryRun,
                    idempotencyKey,
                    target.inForce().remarks(),
                    caller.name()));
            taken = !accepted.repeated();
            if (taken) {
                log.info(id, runs.now(), "loads file " + file + ", which was sent");
            }
            List<String> columns = target.declared().schema().stream()
                    .filter(column -> column.isRead())
                    .map(column -> column.name())
                    .toList();
            return new Accepted(
                    target.table().table(),
                    columns,
                    accepted,
                    accepted.repeated() ? null : target.inForce().warning());
        } finally {
            if (!taken) {
                staging.deleteAll(object);
            }
        }
    }

    /** A caller that is good for some tables, or some pipelines, is held to these. */
    private static void check(UploadTargets.Target target, Caller caller) {
        if (!caller.scope().hasTable(target.table().table())) {
            caller.require(target.inForce().pipeline().name());
        }
    }

    /** @return the file's digest */
    private String stage(String file, InputStream content, String object) {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        try (content;
                Upload upload = staging.upload(object)) {
            OutputStream out = upload.stream();
            long bytes = 0;
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                bytes += read;
                if (bytes > config.maxBytes()) {
                    throw new MillraceException(
                            ErrorCode.BODY_TOO_LARGE,
                            file + " has more than " + config.maxBytes()
                                    + " bytes (expected: fewer); nothing is loaded");
                }
                digest.update(buffer, 0, read);
                out.write(buffer, 0, read);
            }
            if (bytes == 0) {
                throw new MillraceException(
                        ErrorCode.UPLOAD_REFUSED, file + " is empty (expected: 1 to " + config.maxRows() + " rows)");
            }
            upload.commit(0);
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, file + " broke off while it was sent: " + e.getMessage(), e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
