package dev.millrace.extractor.file;

import dev.millrace.extractor.record.ScratchFile;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A file of a server. It is fetched as a whole before it is read, so that a connection that is lost is tried again and nothing
 * is read twice; what was loaded with a strong ETag is asked for with that, and not fetched while it is the same. For one thread.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3">ETag</a>
 */
final class WebFile implements SourceFile {
    private static final String BY_ETAG = "ETag ";
    private static final int PEEKED = 4 * 1024;
    private static final int QUOTED = 60;
    private static final Pattern HTML =
            Pattern.compile("(?is)[\\s\uFEFF]*(<!--.*?-->\\s*)*<(!doctype\\s+html|html)\\b.*");

    private final WebServers servers;
    private final URI url;
    private final String name;
    private final Path scratch;
    private @Nullable FileChannel copy;
    private @Nullable String etag;

    /**
     * @param name its address, or the reference to a secret that it is
     * @param scratch folder for its copy
     */
    WebFile(WebServers servers, URI url, String name, Path scratch) {
        this.servers = servers;
        this.url = url;
        this.name = name;
        this.scratch = scratch;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String version() {
        return etag == null ? name() : name() + " (" + BY_ETAG + etag + ")";
    }

    /** By a strong ETag alone: a date is of a second, and may be set back. */
    @Override
    public @Nullable String state(@Nullable String before) throws IOException, InterruptedException {
        if (copy == null
                && before != null
                && before.startsWith(BY_ETAG)
                && !fetch(Map.of("If-None-Match", before.substring(BY_ETAG.length())))) {
            return before;
        }
        FileChannel _ = fetched();
        return etag == null ? null : BY_ETAG + etag;
    }

    @Override
    public long size() throws IOException, InterruptedException {
        return fetched().size();
    }

    @Override
    public @Nullable String crc32c() {
        return null;
    }

    @Override
    public InputStream open() throws IOException, InterruptedException {
        FileChannel file = fetched().position(0);
        refuseHtml(file);
        return new FilterInputStream(Channels.newInputStream(file)) {
            @Override
            public void close() {
                // the copy may be read once more
            }
        };
    }

    private FileChannel fetched() throws InterruptedException {
        if (copy == null) {
            boolean _ = fetch(Map.of());
        }
        if (copy == null) {
            throw new IllegalStateException(name + ": an answer without a body was taken");
        }
        return copy;
    }

    /** @return whether there is a copy of it now, since it isn't what the headers ask whether it is */
    private boolean fetch(Map<String, String> headers) throws InterruptedException {
        return servers.get(
                url,
                headers,
                status -> status == 200 || (status == 304 && !headers.isEmpty()),
                (_, status, answered, body) -> {
                    if (status == 304) {
                        return false;
                    }
                    copy = ScratchFile.of(body, scratch, "download");
                    etag = answered.firstValue("ETag")
                            .map(String::strip)
                            .filter(tag -> tag.startsWith("\""))
                            .orElse(null);
                    return true;
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
                    name + ": the answer is a page of HTML, beginning with '"
                            + (quoted.length() > QUOTED ? quoted.substring(0, QUOTED) + "…" : quoted)
                            + "' (expected: the file; what is in it counts, not its name)");
        }
    }

    @Override
    public void close() throws IOException {
        FileChannel file = copy;
        copy = null;
        if (file != null) {
            file.close();
        }
    }
}
