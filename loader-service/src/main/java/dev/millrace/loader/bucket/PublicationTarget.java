package dev.millrace.loader.bucket;

import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Publication;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The key of a bucket, or a day of it, that a run publishes to, with its ledger and its marker. The ledger decides;
 * the marker follows it, and never goes back: it is replaced only by a publication with a higher number. Whoever finds
 * a decision brings the marker up to it, so that a process that dies between the two leaves nothing undone.
 */
final class PublicationTarget {
    private static final Pattern FOLDER = Pattern.compile("[0-9a-f-]{36}-[0-9]+/");

    private final Publication publication;
    private final StagingStore bucket;
    private final ObjectMapper json;
    private final String ledgerName;
    private final String markerName;

    PublicationTarget(Publication publication, StagingStore bucket, ObjectMapper json) {
        this.publication = publication;
        this.bucket = bucket;
        this.json = json;
        this.ledgerName = publication.prefix() + "/_ledger.json";
        this.markerName = publication.prefix() + "/_published.json";
    }

    /** Where an attempt's files go, with a slash at the end. No other attempt writes there. */
    String folder(String run, int attempt) {
        return publication.prefix() + "/" + run + "-" + attempt + "/";
    }

    /** @param number of the file within the folder, from 0 */
    static String fileName(int number) {
        return fileName(number, "ndjson.gz");
    }

    /** @param extension without the dot */
    static String fileName(int number, String extension) {
        return String.format(Locale.ROOT, "part-%05d.%s", number, extension);
    }

    /** The object that has the bytes of the only file under the same name each time. */
    String latest(String extension) {
        return publication.prefix() + "/latest." + extension;
    }

    /** An object of this name before a file of another format took its place. */
    private record Former(String name, String version) {}

    /** What is there of other formats, whose names say that they were the latest. */
    private List<Former> former(String latest) {
        return Arrays.stream(ExportFormat.values())
                .map(format -> latest(format.extension()))
                .filter(name -> !name.equals(latest))
                .flatMap(name -> bucket.version(name).map(version -> new Former(name, version)).stream())
                .toList();
    }

    String logName(String name) {
        return publication.prefix() + "/_logs/" + name;
    }

    /** @param text of the object as it was read, which whoever replaces it must know; null: there is none */
    private record Head<T>(T content, @Nullable String text) {}

    /**
     * What the load did earlier; empty when it may publish now.
     *
     * @throws MillraceException with {@code LOAD_ABORTED} when it may not
     */
    Optional<LoadResult> committed(String load, int generation) {
        PublishLedger ledger = ledger().content();
        Optional<LoadResult> result = committed(ledger, load, generation);
        if (result.isPresent()) {
            follow(ledger);
        }
        return result;
    }

    private Optional<LoadResult> committed(PublishLedger ledger, String load, int generation) {
        PublishLedger.Decision decision = ledger.of(load).orElse(null);
        if (decision != null && decision.result() == null && decision.generation() >= generation) {
            throw new MillraceException(
                    ErrorCode.LOAD_ABORTED, "load " + load + " was aborted before it could be published");
        }
        return Optional.ofNullable(decision).map(PublishLedger.Decision::result);
    }

    /**
     * Makes the files those that count, unless the load has been decided about. What counted before is deleted then.
     *
     * @param files of this attempt
     * @param latest the object that gets the bytes of the only file, too; null: none
     * @param said takes lines for the log of the run
     */
    LoadResult commit(
            String load,
            int generation,
            String run,
            Instant now,
            List<Part> files,
            @Nullable String latest,
            Consumer<String> said) {
        String own = files.isEmpty() ? "" : folderOf(files.getFirst().path());
        // before the decision: what comes later may be of the run that is next
        List<String> superseded =
                folders().stream().filter(folder -> !folder.equals(own)).toList();
        List<Former> former = latest == null ? List.of() : former(latest);
        long rows = files.stream().mapToLong(Part::rows).sum();
        PublishLedger decided = decide(ledger -> {
            if (committed(ledger, load, generation).isPresent()) {
                return null;
            }
            checkNotEmpty(ledger.current(), rows);
            return ledger.committed(
                    load, generation, new PublicationMarker(ledger.nextNumber(), run, now, rows, files, latest));
        });
        follow(decided);
        if (decided.current() != null && decided.current().files().equals(files)) {
            superseded.forEach(bucket::deleteAll);
            for (Former each : former) {
                if (bucket.delete(each.name(), each.version())) {
                    said.accept("deleted " + publication.destination().bucket() + "/" + each.name()
                            + ", which was the latest file when the export had another format");
                }
            }
        }
        return committed(decided, load, generation).orElseThrow();
    }

    /** What {@link #commit} would make of one file of which nobody knows the rows yet. */
    LoadPlan plan(String latest) {
        PublicationMarker current = ledger().content().current();
        String bucketName = publication.destination().bucket();
        List<String> steps = new ArrayList<>();
        steps.add("would write " + bucketName + "/" + latest + " of what the query selects, which wasn't run");
        steps.add("would write " + bucketName + "/" + markerName + " and " + bucketName + "/" + ledgerName);
        replaced(current, steps);
        former(latest)
                .forEach(each ->
                        steps.add("would delete " + bucketName + "/" + each.name() + ", which is of another format"));
        return new LoadPlan(0, steps);
    }

    private static void replaced(@Nullable PublicationMarker current, List<String> steps) {
        if (current != null) {
            steps.add(String.format(
                    Locale.ROOT,
                    "would replace %,d records, published by run %s at %s",
                    current.rows(),
                    current.run(),
                    current.publishedAt()));
        }
    }

    /**
     * What {@link #commit} would make of these parts.
     *
     * @param folder that they would be copied to
     */
    LoadPlan plan(String folder, List<Part> parts) {
        PublicationMarker current = ledger().content().current();
        long rows = parts.stream().mapToLong(Part::rows).sum();
        checkNotEmpty(current, rows);
        String bucketName = publication.destination().bucket();
        List<String> steps = new ArrayList<>();
        steps.add(String.format(Locale.ROOT, "would publish %,d records under %s", rows, publication.name()));
        if (!parts.isEmpty()) {
            steps.add("would write " + bucketName + "/" + folder + fileName(0)
                    + (parts.size() == 1 ? "" : " to " + fileName(parts.size() - 1)));
        }
        steps.add("would write " + bucketName + "/" + markerName + " and " + bucketName + "/" + ledgerName);
        replaced(current, steps);
        return new LoadPlan(rows, steps);
    }

    private void checkNotEmpty(@Nullable PublicationMarker current, long rows) {
        if (rows == 0
                && current != null
                && current.rows() > 0
                && publication.destination().empty() == Destination.Empty.FAIL) {
            throw new MillraceException(
                    ErrorCode.EMPTY_REPLACE,
                    "no records came for " + publication.name() + ", which has " + current.rows()
                            + "; they stay (empty: allow would replace them)");
        }
    }

    Abort.Answer abort(String load, int generation) {
        PublishLedger decided = decide(ledger -> {
            PublishLedger.Decision decision = ledger.of(load).orElse(null);
            return decision != null && (decision.result() != null || decision.generation() >= generation)
                    ? null
                    : ledger.aborted(load, generation);
        });
        LoadResult result = decided.of(load).map(PublishLedger.Decision::result).orElse(null);
        if (result == null) {
            return new Abort.Closed();
        }
        follow(decided);
        return new Abort.AlreadyCommitted(result);
    }

    /**
     * @param decision the next ledger; null when nothing is left to decide
     * @return the ledger in which it is decided
     */
    private PublishLedger decide(Function<PublishLedger, @Nullable PublishLedger> decision) {
        while (true) { // who loses has to look at what somebody else has decided
            Head<PublishLedger> head = ledger();
            PublishLedger next = decision.apply(head.content());
            if (next == null) {
                return head.content();
            }
            if (write(ledgerName, head.text(), next)) {
                return next;
            }
        }
    }

    /**
     * Brings the latest file and then the marker up to the ledger. The file is looked at before the marker: if somebody else
     * has published since, the one has another version, or the other is not behind.
     */
    private void follow(PublishLedger ledger) {
        PublicationMarker current = ledger.current();
        while (current != null) {
            String latest = current.latest();
            Optional<String> version = latest == null ? Optional.empty() : bucket.version(latest);
            Head<Optional<PublicationMarker>> marker =
                    read(markerName, Argument.of(PublicationMarker.class), Optional::of, Optional::empty);
            boolean behind = marker.content().map(PublicationMarker::number).orElse(0L) < current.number();
            if (!behind) {
                return;
            }
            boolean whole = latest == null
                    || bucket.replace(latest, version, current.files().getFirst());
            if (whole && write(markerName, marker.text(), current)) {
                return;
            }
        }
    }

    /** Folders of attempts that are there, with a slash at the end. Other objects may be anybody's. */
    private List<String> folders() {
        String prefix = publication.prefix() + "/";
        return bucket.list(prefix).stream()
                .map(PublicationTarget::folderOf)
                .distinct()
                .filter(folder -> folder.length() > prefix.length()
                        && FOLDER.matcher(folder.substring(prefix.length())).matches())
                .toList();
    }

    private static String folderOf(String name) {
        return name.substring(0, name.lastIndexOf('/') + 1);
    }

    private Head<PublishLedger> ledger() {
        return read(ledgerName, Argument.of(PublishLedger.class), Function.identity(), () -> PublishLedger.EMPTY);
    }

    private <T, C> Head<C> read(String name, Argument<T> type, Function<T, C> content, Supplier<C> absent) {
        if (!bucket.exists(name)) {
            return new Head<>(absent.get(), null);
        }
        try (InputStream in = bucket.open(name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            T read = json.readValue(text, type);
            if (read == null) {
                throw new IOException("null");
            }
            return new Head<>(content.apply(read), text);
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    name + " in bucket " + publication.destination().bucket() + " is not what Millrace writes there",
                    e);
        }
    }

    private boolean write(String name, @Nullable String expected, Object content) {
        try {
            byte[] bytes = json.writeValueAsBytes(content);
            return expected == null
                    ? bucket.createIfAbsent(name, bytes)
                    : bucket.replace(name, expected.getBytes(StandardCharsets.UTF_8), bytes);
        } catch (IOException e) {
            throw new IllegalStateException("can't write " + name, e);
        }
    }
}
