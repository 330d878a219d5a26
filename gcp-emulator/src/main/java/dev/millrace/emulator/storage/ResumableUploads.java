package dev.millrace.emulator.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.http.Answer;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.http.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Uploads in chunks, which go on where they were after a failure.
 *
 * @see <a href="https://cloud.google.com/storage/docs/performing-resumable-uploads">Perform resumable uploads</a>
 * @see <a href="https://cloud.google.com/storage/docs/resumable-uploads">Resumable uploads</a>
 */
final class ResumableUploads {
    private static final int CHUNK_MULTIPLE = 256 * 1024;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (?:(\\d+)-(\\d+)|\\*)/(\\d+|\\*)");
    private static final int CANCELLED = 499;
    private static final int INCOMPLETE = 308;

    private final Buckets buckets;
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();

    ResumableUploads(Buckets buckets) {
        this.buckets = buckets;
    }

    private static final class Session {
        private final String bucket;
        private final String name;
        private final ObjectNode metadata;
        private final Preconditions preconditions;
        private final Path file;
        private final Checksums checksums = new Checksums();
        private long persisted;
        private @Nullable StoredObject stored;

        Session(String bucket, String name, ObjectNode metadata, Preconditions preconditions, Path file) {
            this.bucket = bucket;
            this.name = name;
            this.metadata = metadata;
            this.preconditions = preconditions;
            this.file = file;
        }
    }

    /** Preconditions are looked at now, and again when the object is made. */
    Answer begin(Request request, String bucket, String name, ObjectNode metadata) throws IOException {
        Preconditions preconditions = Preconditions.of(request);
        preconditions.check(buckets.find(bucket, name).orElse(null));
        Session session = new Session(bucket, name, metadata, preconditions, buckets.scratch(bucket));
        String id = UUID.randomUUID().toString();
        sessions.put(id, session);
        String host = request.header("host").orElseThrow();
        return Answer.empty(200)
                .with(
                        "Location",
                        "http://" + host + "/upload/storage/v1/b/" + bucket + "/o?uploadType=resumable&upload_id=" + id)
                .with("X-GUploader-UploadID", id);
    }

    /** A chunk, the last chunk, or the question how much has arrived. */
    Answer put(Request request, String id) throws IOException {
        Session session = session(id);
        synchronized (session) {
            if (session.stored != null) { // asked again because the answer was lost
                return Answer.json(200, session.stored.resource());
            }
            String range = request.header("content-range").orElse("");
            if (range.isEmpty()) { // all in one request
                return receive(request, session, 0, -1, -1);
            }
            Matcher parsed = CONTENT_RANGE.matcher(range);
            if (!parsed.matches()) {
                throw new ApiException(400, "badContent", "Invalid Content-Range: " + range);
            }
            long total = parsed.group(3).equals("*") ? -1 : Long.parseLong(parsed.group(3));
            if (parsed.group(1) == null) {
                return total >= 0 && total == session.persisted ? finish(request, session) : incomplete(session);
            }
            long first = Long.parseLong(parsed.group(1));
            long last = Long.parseLong(parsed.group(2));
            if (first != session.persisted) {
                // what is there already is never taken again: the client asks, and goes on from the answer
                return incomplete(session);
            }
            // "in multiples of 256 KB (256 x 1024 bytes) in size, except for the final chunk that completes the
            // upload":
            // https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload
            boolean completes = last + 1 == total;
            if (!completes && (last + 1 - first) % CHUNK_MULTIPLE != 0) {
                throw new ApiException(
                        400,
                        "badContent",
                        "Invalid request.  The number of bytes uploaded is required to be equal or greater than"
                                + " 262144, except for the final request (it's recommended to be the exact multiple"
                                + " of 262144).  The received request contained " + (last + 1 - first)
                                + " bytes, which does not meet this requirement.");
            }
            return receive(request, session, first, last, total);
        }
    }

    /** @param total -1: not known yet; with {@code last} -1: all that comes */
    private Answer receive(Request request, Session session, long first, long last, long total) throws IOException {
        try (OutputStream file = Files.newOutputStream(session.file, StandardOpenOption.APPEND)) {
            InputStream in = request.body();
            byte[] buffer = new byte[128 * 1024];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                file.write(buffer, 0, count);
                session.checksums.update(buffer, 0, count);
                session.persisted += count;
            }
        }
        boolean whole = last < 0 || session.persisted == last + 1;
        if (!whole) {
            throw new ApiException(
                    400,
                    "badContent",
                    "Content-Range says " + (last + 1 - first) + " bytes, " + (session.persisted - first) + " came.");
        }
        return last < 0 || total == session.persisted ? finish(request, session) : incomplete(session);
    }

    private Answer finish(Request request, Session session) throws IOException {
        ObjectNode metadata = session.metadata.deepCopy();
        metadata.setAll(Checked.sentInHeader(request));
        session.stored = buckets.put(
                session.bucket, session.name, metadata, session.file, session.checksums, session.preconditions);
        return Answer.json(200, session.stored.resource());
    }

    /** The header Range says which bytes have arrived; without it, none have. */
    private static Answer incomplete(Session session) {
        Answer answer = Answer.empty(INCOMPLETE);
        return session.persisted == 0 ? answer : answer.with("Range", "bytes=0-" + (session.persisted - 1));
    }

    Answer cancel(String id) throws IOException {
        Session session = session(id);
        synchronized (session) {
            sessions.remove(id);
            Files.deleteIfExists(session.file);
        }
        return Answer.empty(CANCELLED);
    }

    private Session session(String id) {
        Session session = sessions.get(id);
        if (session == null) {
            throw new ApiException(404, "notFound", "No such upload session");
        }
        return session;
    }
}
