package dev.millrace.gateway.look;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.warehouse.LoaderWarehouse;
import dev.millrace.gateway.warehouse.WarehouseSchemas;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Shaping;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.task.Preview;
import dev.millrace.task.Sample;
import dev.millrace.task.TableSchema;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The first rows of an endpoint as they would be loaded: the extractor takes the first records, the transformer makes rows
 * of them, and nothing is staged, loaded or kept.
 */
@Singleton
public class EndpointPreview {
    private final SourceLook source;
    private final LookCalls services;
    private final LoaderWarehouse warehouse;
    private final WarehouseSchemas schemas;
    private final GatewayConfig config;

    EndpointPreview(
            SourceLook source,
            LookCalls services,
            LoaderWarehouse warehouse,
            WarehouseSchemas schemas,
            GatewayConfig config) {
        this.source = source;
        this.services = services;
        this.warehouse = warehouse;
        this.schemas = schemas;
        this.config = config;
    }

    /**
     * What a pipeline would load.
     *
     * @param day that the rows would be of; null when everything is loaded
     * @param columns of the table; of a bucket, one for the records as they are
     */
    public record Rows(
            String endpoint,
            Destination destination,
            @Nullable RunWindow day,
            List<Column> columns,
            Sample sample,
            Preview preview) {
        /** The one column of what goes to a bucket. */
        public static final String RECORD = "record";
    }

    /**
     * @param pipeline with an absolute folder, if it has one
     * @param endpoint by name; a further table too
     * @param day for an endpoint that loads days; null: today
     * @param records at most, 1 to {@link Sample#MOST}
     * @throws MillraceException with {@code ENDPOINT_UNKNOWN}, {@code REQUEST_INVALID}, or what the source or the service
     *     said
     */
    public Rows rows(Pipeline pipeline, String endpoint, @Nullable RunWindow day, int records)
            throws InterruptedException {
        Endpoint wanted = SourceLook.endpoint(pipeline, endpoint);
        if (records < 1 || records > Sample.MOST) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "records: " + records + " (expected: 1 to " + Sample.MOST + ")");
        }
        RunWindow loaded = source.day(wanted, day);
        Sample sample = source.at(
                pipeline,
                endpoint,
                loaded,
                task -> SourceLook.answered(
                        services.sample(config.services().extractor(), new Sample.Wanted(task, records)), "extractor"));
        return switch (wanted.destination()) {
            case Destination.Table table -> {
                Preview preview = withOtherDays(
                        wanted,
                        loaded,
                        made(wanted, table, pipeline.credentials(), loaded, sample, pipeline.readElsewhere(endpoint)));
                List<Column> found = preview.columns();
                yield new Rows(endpoint, table, loaded, found == null ? wanted.tableColumns() : found, sample, preview);
            }
            case Destination.Bucket bucket -> new Rows(endpoint, bucket, loaded, List.of(), sample, asTheyAre(sample));
        };
    }

    private Preview made(
            Endpoint endpoint,
            Destination.Table table,
            @Nullable String credentials,
            @Nullable RunWindow day,
            Sample sample,
            List<String> readElsewhere)
            throws InterruptedException {
        Shaping shaping = endpoint.shaping().besides(readElsewhere);
        Preview.Wanted plain = new Preview.Wanted(sample, day, shaping, warehouse.capabilities());
        Preview.Wanted wanted = endpoint.isInferred()
                ? plain.with(new Work.TransformInferred(
                        new Work.Transform("", Instant.EPOCH, shaping, null),
                        table,
                        endpoint.read().isFlat(),
                        schemas.of(new TableSchema.Wanted(table.table(), credentials))))
                : plain;
        return SourceLook.answered(services.preview(config.services().transformer(), wanted), "transformer");
    }

    /** With a warning of rows that would fail the load of the day, since they are of another one. */
    private static Preview withOtherDays(Endpoint endpoint, @Nullable RunWindow day, Preview preview) {
        String name = endpoint.day() == null ? null : endpoint.day().column();
        if (day == null || name == null) {
            return preview;
        }
        int column = endpoint.tableColumns().stream().map(Column::name).toList().indexOf(name);
        List<String> others = preview.rows().stream()
                .map(row -> row.get(column))
                .map(text -> text == null ? "NULL" : text)
                .filter(text -> !day.holds(text))
                .toList();
        if (others.isEmpty()) {
            return preview;
        }
        List<String> warnings = new ArrayList<>(preview.warnings());
        warnings.add(others.size() + (others.size() == 1 ? " row has" : " rows have") + " another "
                + day.unit().word()
                + " in " + name + " than " + day + ", such as " + others.getFirst() + ": a run of the "
                + day.unit().word() + " fails for it");
        return new Preview(
                preview.rows(),
                preview.made(),
                preview.filtered(),
                preview.rejected(),
                preview.rejects(),
                preview.drift(),
                warnings,
                preview.columns());
    }

    /** What goes to a bucket is no row. */
    private static Preview asTheyAre(Sample sample) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Ndjson.decompress(
                        Manifest.Format.NDJSON_ZSTD,
                        new ByteArrayInputStream(Base64.getDecoder().decode(sample.lines()))),
                StandardCharsets.UTF_8))) {
            List<List<@Nullable String>> rows =
                    lines.lines().<List<@Nullable String>>map(List::of).toList();
            return new Preview(rows, rows.size(), 0, 0, List.of(), null, List.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
