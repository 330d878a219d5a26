package dev.millrace.transformer.staged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Part;
import dev.millrace.staging.Upload;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineReaderTest {
    private static final int ROWS = 1_000;

    @TempDir
    Path folder;

    /** Those that it has unpacked already among them: what unpacks them is closed, whose memory no garbage collector gives back. */
    @Test
    void givesNoMoreLinesOnceItIsClosed() throws Exception {
        LocalStagingStore staging = new LocalStagingStore(folder);
        Part part;
        try (Upload upload = staging.upload("part")) {
            try (OutputStream lines = Ndjson.compress(Manifest.Format.NDJSON_ZSTD, upload.stream())) {
                lines.write("{\"id\":1}\n".repeat(ROWS).getBytes(StandardCharsets.UTF_8));
            }
            part = upload.commit(ROWS);
        }
        LineReader reader = new LineReader(staging, part, 100);
        assertThat(reader.next()).isNotNull();

        reader.close();

        assertThatThrownBy(reader::next).isInstanceOf(MillraceException.class);
    }
}
