package dev.millrace.extractor;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The configuration of the extractor.
 *
 * @param partBytes uncompressed size at which a staged part ends and the next one begins
 * @param pageBytes of REST pages that are held in memory, of all that one task reads at once; what is larger waits in
 *     scratch files
 * @param scratch folder of those files; null: the system's folder for temporary files
 * @param folders below which local files may be read
 * @param drivers folder with jars of JDBC drivers beside those that are there; null: there are no others
 * @param unpackRatio how many times the size of an archive its files may have, once they are 64 MiB
 * @param sampleTimeout after which the reading of first records, for a preview, is ended
 */
@ConfigurationProperties("millrace.extractor")
public record ExtractorConfig(
        @Bindable(defaultValue = "134217728") @Min(1) long partBytes,
        @Bindable(defaultValue = "8388608") @Min(1024) int pageBytes,
        @Nullable Path scratch,
        @Bindable(defaultValue = "/") List<Path> folders,
        @Nullable Path drivers,
        @Bindable(defaultValue = "200") @Min(1) int unpackRatio,
        @Bindable(defaultValue = "60s") Duration sampleTimeout) {
    /** Where those files are. */
    public Path scratchFolder() {
        return scratch == null ? Path.of(System.getProperty("java.io.tmpdir")) : scratch;
    }
}
