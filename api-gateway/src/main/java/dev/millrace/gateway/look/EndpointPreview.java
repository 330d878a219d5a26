package dev.millrace.gateway.look;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.OwnUrl;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.gateway.warehouse.LoaderWarehouse;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.task.Preview;
import dev.millrace.task.Sample;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The first rows of an endpoint as they would be loaded: the extractor takes the first records, the transformer makes rows
 * of them, and nothing is staged, loaded or kept.
 */
@Singleton
public class EndpointPreview {
    private final Looks looks;
    private final LookCalls services;
    private final LoaderWarehouse warehouse;
    private final RunRepository runs;
    private final GatewayConfig config;
    private final OwnUrl ownUrl;

    EndpointPreview(
            Looks looks,
            LookCalls services,
            LoaderWarehouse warehouse,
            RunRepository runs,
            GatewayConfig config,
            OwnUrl ownUrl) {
        this.looks = looks;
        this.services = services;
        this.warehouse = warehouse;
        this.runs = runs;
        this.config = config;
        this.ownUrl = ownUrl;
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
            @Nullable LocalDate day,
            List<Column> columns,
            Sample sample,
            Preview preview) {
        /** The one column of what goes to a bucket. */
        public static final String RECORD = "record";
    }

    /**
     * @param pipeline with an absolute folder, if it has one
     * @param endpoint by name; a further table too
     * @param day for an endpoint that loads days; null: today in UTC
     * @param records at most, 1 to {@link Sample#MOST}
     * @throws MillraceException with {@code ENDPOINT_UNKNOWN}, {@code REQUEST_INVALID}, or what the source or the service
     *     said
     */
    public Rows rows(Pipeline pipeline, String endpoint, @Nullable LocalDate day, int records)
            throws InterruptedException {
        Endpoint wanted = endpoint(pipeline, endpoint);
        if (day != null && wanted.day() == null) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "day: endpoint " + endpoint + " loads no single days (no key 'day' in the pipeline file)");
        }
        if (records < 1 || records > Sample.MOST) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "records: " + records + " (expected: 1 to " + Sample.MOST + ")");
        }
        LocalDate loaded =
                wanted.day() == null ? null : day == null ? LocalDate.ofInstant(runs.now(), ZoneOffset.UTC) : day;
        Sample sample = sample(pipeline, endpoint, loaded, records);
        return switch (wanted.destination()) {
            case Destination.Table table ->
                new Rows(endpoint, table, loaded, wanted.schema(), sample, made(wanted, loaded, sample));
            case Destination.Bucket bucket -> new Rows(endpoint, bucket, loaded, List.of(), sample, asTheyAre(sample));
        };
    }

    private static Endpoint endpoint(Pipeline pipeline, String name) {
        Map<String, Endpoint> endpoints = pipeline.allEndpoints();
        Endpoint endpoint = endpoints.get(name);
        if (endpoint == null) {
            throw new MillraceException(
                    ErrorCode.ENDPOINT_UNKNOWN,
                    pipeline.models().containsKey(name)
                            ? "model '" + name
                                    + "' reads no source (expected: an endpoint; the rows of a model are what"
                                    + " its query selects)"
                            : "pipeline " + pipeline.name() + " has no endpoint '" + name + "' (it has: "
                                    + String.join(", ", endpoints.keySet()) + ")");
        }
        return endpoint;
    }

    /** The first records that the run of the endpoint would read. */
    private Sample sample(Pipeline pipeline, String name, @Nullable LocalDate day, int records)
            throws InterruptedException {
        String reader = pipeline.readerFor(name).orElse(name);
        Endpoint reading = Objects.requireNonNull(pipeline.endpoints().get(reader));
        Work work = new RunSpec.OfEndpoint(pipeline.source(), reading, pipeline.credentials(), true, null).extract();
        String look = looks.begin(pipeline.name(), pipeline.source().limits());
        try {
            Task task = new Task(
                    look,
                    look,
                    Looks.ATTEMPT,
                    pipeline.name(),
                    name,
                    day,
                    pipeline.credentials(),
                    ownUrl.resolve("/internal/tasks/" + look + "/attempts/" + Looks.ATTEMPT),
                    config.lease().dividedBy(3),
                    null,
                    work);
            return answered(
                    services.sample(config.services().extractor(), new Sample.Wanted(task, records)), "extractor");
        } finally {
            looks.end(look);
        }
    }

    private Preview made(Endpoint endpoint, @Nullable LocalDate day, Sample sample) throws InterruptedException {
        return answered(
                services.preview(
                        config.services().transformer(),
                        new Preview.Wanted(sample, day, endpoint.shaping(), warehouse.capabilities())),
                "transformer");
    }

    private static <T> T answered(HttpResponse<T> answer, String service) {
        if (answer.code() == 200) {
            return answer.body();
        }
        if (answer.code() == 404) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE, "the " + service + " is of a version without previews");
        }
        Problem problem = ServiceProblems.of(answer);
        throw new MillraceException(
                ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE),
                String.valueOf(problem.detail()));
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
