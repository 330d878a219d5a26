package dev.millrace.gateway.run;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Files;
import dev.millrace.pipeline.Source;
import dev.millrace.task.Work;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.Objects;

/**
 * What a run does, self-contained: later changes of the pipeline file don't reach it.
 *
 * @param source with an absolute folder, if it has one
 */
@Serdeable
public record RunSpec(Source source, Endpoint endpoint) {

    Work extract() {
        return switch (source) {
            case Source.Rest rest ->
                new Work.ExtractRest(
                        rest, Objects.requireNonNull(endpoint.request()), endpoint.records(), endpoint.pagination());
            case Source.Files folder ->
                new Work.ExtractFiles(folder, named(Objects.requireNonNull(endpoint.files())), endpoint.records());
        };
    }

    /** @param extracted when the extraction had ended */
    Work transform(String manifest, Instant extracted) {
        return new Work.Transform(manifest, extracted, endpoint.shaping());
    }

    Work load(String run, int generation, String manifest) {
        Endpoint.Day day = endpoint.day();
        return new Work.Load(
                run,
                generation,
                manifest,
                endpoint.destination(),
                endpoint.schema(),
                day == null ? null : day.column());
    }

    /** The fields of a CSV file without header have the schema's names, unless the pipeline names them. */
    private Files named(Files files) {
        if (files.format() instanceof Files.Format.Csv csv
                && !csv.header()
                && csv.columns().isEmpty()) {
            return new Files(
                    files.pattern(),
                    new Files.Format.Csv(
                            false,
                            endpoint.schema().stream()
                                    .filter(Column::isRead)
                                    .map(Column::path)
                                    .toList(),
                            csv.delimiter(),
                            csv.encoding()),
                    files.missing());
        }
        return files;
    }
}
