package dev.millrace.extractor.record;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.SealedDocument;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Task;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbered documents by which an attempt says what it has staged so far, so that an attempt after it goes on there. What an
 * attempt that is taken for dead still adds is not seen by one that has begun, and counts for nothing. For one thread.
 */
public final class Checkpoints {
    private static final Pattern NAME = Pattern.compile("(.*/)([0-9]+)/checkpoint-([0-9]{6})\\.json");

    private final StagingStore staging;
    private final Task task;
    private int next;

    Checkpoints(StagingStore staging, Task task) {
        this.staging = staging;
        this.task = task;
    }

    /** Adds one, which tells what has come since the one before it. */
    public void add(byte[] document) {
        String name = name(task.attempt(), next);
        if (!staging.createIfAbsent(name, SealedDocument.seal(document))) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, name + " is in staging already");
        }
        next++;
    }

    /**
     * Those of the latest attempt before this one that has some, in their order; empty: there are none.
     *
     * @throws MillraceException {@code STAGING_CORRUPT} when one is not as it was written, {@code STAGING_UNAVAILABLE}
     */
    public List<byte[]> ofAnEarlierAttempt() {
        String attempts = task.folder().substring(0, task.folder().lastIndexOf('/') + 1);
        int latest = 0;
        Set<String> names = Set.copyOf(staging.list(attempts));
        for (String name : names) {
            Matcher checkpoint = NAME.matcher(name);
            if (checkpoint.matches()) {
                int attempt = Integer.parseInt(checkpoint.group(2));
                latest = attempt < task.attempt() ? Math.max(latest, attempt) : latest;
            }
        }
        List<byte[]> documents = new ArrayList<>();
        for (int i = 0; latest > 0 && names.contains(name(latest, i)); i++) {
            documents.add(read(name(latest, i)));
        }
        return documents;
    }

    private byte[] read(String name) {
        try (InputStream in = staging.open(name)) {
            byte[] document = in.readAllBytes();
            SealedDocument.check(name, document);
            return document;
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_UNAVAILABLE, "can't read " + name + " in staging", e);
        }
    }

    private String name(int attempt, int number) {
        return String.format(
                Locale.ROOT,
                "%s/checkpoint-%06d.json",
                Task.folder(task.run(), task.endpoint(), task.work().step(), attempt),
                number);
    }
}
