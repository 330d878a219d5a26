package dev.millrace.extractor.file;

import dev.millrace.extractor.record.ScratchFile;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A file of a server. What was loaded with a strong ETag is asked for with that, and not fetched while it is the same.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3">ETag</a>
 */
final class WebFile extends FetchedFile {
    private static final String BY_ETAG = "ETag ";
    private static final int PEEKED = 4 * 1024;
    private static final int QUOTED = 60;
    private static final Pattern HTML =
            Pattern.compile("(?is)[\\s\uFEFF]*(<!--.*?-->\\s*)*<(!doctype\\s+html|html)\\b.*");

    private final WebServers servers;
    private final URI url;
    private final Path scratch;
    private @Nullable String etag;

    /**
     * @param name its address, or the reference to a secret that it is
     * @param scratch folder for its copy
     */
    WebFile(WebServers servers, URI url, String name, Path scratch) {
        super(name);
        this.servers = servers;
        this.url = url;
        this.scratch = scratch;
    }

    @Override
    public String version() {
        return etag == null ? name() : name() + " (" + BY_ETAG + etag + ")";
    }

    /** By a strong ETag alone: a date is of a second, and may be set back. */
    @Override
    public @Nullable String state(@Nullable String before) throws IOException, InterruptedException {
        if (!isFetched() && before != null && before.startsWith(BY_ETAG)) {
            Optional<FileChannel> changed = fetch(Map.of("If-None-Match", before.substring(BY_ETAG.length())));
            if (changed.isEmpty()) {
                return before;
            }
            keep(changed.get());
        }
        FileChannel _ = fetched();
        return etag == null ? null : BY_ETAG + etag;
    }

    @Override
    public InputStream open() throws IOException, InterruptedException {
        refuseHtml(fetched().position(0));
        return super.open();
    }

    @Override
    FileChannel fetch() throws IOException, InterruptedException {
        return fetch(Map.of())
                .orElseThrow(() -> new IllegalStateException(name() + ": an answer without a body was taken"));
    }

    /** @return nothing where it is what the headers ask whether it is */
    private Optional<FileChannel> fetch(Map<String, String> headers) throws InterruptedException {
        return servers.get(
                url,
                headers,
                status -> status == 200 || (status == 304 && !headers.isEmpty()),
                (_, status, answered, body) -> {
                    if (status == 304) {
                        return Optional.empty();
                    }
                    FileChannel file = ScratchFile.of(body, scratch, "download");
                    etag = answered.firstValue("ETag")
                            .map(String::strip)
                            .filter(tag -> tag.startsWith("\""))
                            .orElse(null);
                    return Optional.of(file);
                });
    }

    /** Servers say 200 to what they don't have, and send a page about it. */
    private void refuseHtml(FileChannel file) throws IOException {
        String start = new String(Channels.newInputStream(file).readNBytes(PEEKED), StandardCharsets.UTF_8);
        file.position(0);
        if (HTML.matcher(start).matches()) {
            String quoted = start.strip().replaceAll("\\s+", " ");
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    name() + ": the answer is a page of HTML, beginning with '"
                            + (quoted.length() > QUOTED ? quoted.substring(0, QUOTED) + "…" : quoted)
                            + "' (expected: the file; what is in it counts, not its name)");
        }
    }
}
